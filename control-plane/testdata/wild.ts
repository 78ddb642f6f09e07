/** Values that nobody writes, for readers that take them from others. The same ones in every run of a seed. */
export type Pick = (below: number) => number;

/** Mulberry32: small, and the same on every machine. */
export function seeded(seed: number): Pick {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

const NAMES = ["__proto__", "constructor", "toString", "valueOf", "toJSON", "hasOwnProperty", "name", "metadata", "length", "then", "", "a.b[0]", "é\u0000\ud800"];
const TEXTS = ["", "x", "null", "%00", "%", "://", "dubbo://[::1", "__proto__", "\u0000", "\ud800", "x".repeat(70_000), "[", "{\"a\":", "1e999", "-1", "0", "\n---\n", "*a", "&a"];
const NUMBERS = [0, -1, 1.5, 65536, 1e21, Number.MAX_SAFE_INTEGER + 2, -0];

/** Any JSON value, objects with the names of Object's own methods among them. */
export function wild(pick: Pick, depth = 3): unknown {
  switch (pick(depth > 0 ? 8 : 5)) {
    case 0: return null;
    case 1: return pick(2) === 0;
    case 2: return NUMBERS[pick(NUMBERS.length)];
    case 3: case 4: return TEXTS[pick(TEXTS.length)];
    case 5: return Array.from({ length: pick(4) }, () => wild(pick, depth - 1));
    default: return own(Array.from({ length: pick(4) }, () => [NAMES[pick(NAMES.length)]!, wild(pick, depth - 1)] as const));
  }
}

/** As JSON.parse makes objects: `__proto__` is a field like any other. */
function own(pairs: readonly (readonly [string, unknown])[]): object {
  return JSON.parse(`{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`) as object;
}

/** A copy in which something, anywhere, is another value, is gone, or is there in addition. */
export function damaged<T>(value: T, pick: Pick): T {
  const copy = JSON.parse(JSON.stringify(value)) as T;
  const places: { holder: Record<string, unknown>; name: string }[] = [];
  const look = (holder: unknown): void => {
    if (typeof holder !== "object" || holder === null) return;
    for (const [name, inner] of Object.entries(holder)) {
      places.push({ holder: holder as Record<string, unknown>, name });
      look(inner);
    }
  };
  look(copy);
  const place = places[pick(places.length + 1)];
  if (place === undefined) return wild(pick) as T;
  const { holder, name } = place;
  const at = !Array.isArray(holder) && pick(6) === 0 ? NAMES[pick(NAMES.length)]! : name;
  if (pick(4) === 0) delete holder[name];
  else Object.defineProperty(holder, at, { value: wild(pick), enumerable: true, writable: true, configurable: true });
  // JSON has no holes in lists
  return JSON.parse(JSON.stringify(copy)) as T;
}

/** A text with some of its characters gone, doubled or replaced. */
export function scratched(text: string, pick: Pick): string {
  let out = text;
  for (let i = 1 + pick(4); i > 0; i--) {
    const at = pick(out.length + 1), other = TEXTS[pick(TEXTS.length)]!.slice(0, 40);
    out = out.slice(0, at) + [other, out.slice(at, at + pick(8)).repeat(2), ""][pick(3)] + out.slice(at + pick(5));
  }
  return out;
}
