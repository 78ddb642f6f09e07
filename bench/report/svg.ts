/** The few pieces of SVG that charts are made of. */
export type Attributes = Record<string, string | number>;

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const said = (attributes: Attributes): string => Object.entries(attributes).map(([name, value]) => ` ${name}="${typeof value === "number" ? Number(value.toFixed(1)) : escaped(value)}"`).join("");

export const shape = (name: string, attributes: Attributes): string => `<${name}${said(attributes)}/>`;
export const words = (x: number, y: number, text: string, attributes: Attributes = {}): string => `<text${said({ x, y, ...attributes })}>${escaped(text)}</text>`;

export function page(width: number, height: number, parts: string[]): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" fill="#222">`;
  return [head, shape("rect", { width, height, fill: "#fff" }), ...parts, "</svg>", ""].join("\n");
}

const NATIVE = ["#d9822b", "#b5521b", "#e8b06a"], MELTEMI = ["#1f77b4", "#17a398", "#7a5cc0", "#4a90a4"];

/** A colour for each contestant: the floor grey, native ones warm, Meltemi cold. */
export function colours(rows: readonly { contestant: string; role: string }[]): Map<string, string> {
  const found = new Map<string, string>(), used = { native: 0, meltemi: 0 };
  for (const { contestant, role } of rows) {
    if (found.has(contestant)) continue;
    const colour = role === "floor" ? "#999" : role === "native" ? NATIVE[used.native++ % NATIVE.length]! : MELTEMI[used.meltemi++ % MELTEMI.length]!;
    found.set(contestant, colour);
  }
  return found;
}
