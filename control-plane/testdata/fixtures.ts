import type { Traits } from "../index.ts";

const traits = (name: string, more: Partial<Traits>): Traits => ({
  name, serverFirst: false, order: "free", lanes: true, inline: true, maxHead: 65536, maxFrame: 0x7fff_ffff,
  requestKeys: [], serviceKey: "", responseKeys: [], settableRequest: [], settableResponse: [], reserved: [], ...more,
});

/** Codecs as `build` would describe them: with free names and without, and some that lanes or inline cannot serve. */
export const MODULES = {
  dubbo: {
    wasm: "build/dubbo.wasm",
    traits: traits("dubbo", {
      requestKeys: ["interface", "version", "group", "method", "*"], serviceKey: "interface", responseKeys: ["status", "*"],
      settableRequest: ["*"], settableResponse: ["*"],
    }),
  },
  redis: {
    wasm: "build/redis.wasm",
    traits: traits("redis", { order: "strict", requestKeys: ["command", "subcommand", "key", "channel", "database", "user", "arguments"], responseKeys: ["error"] }),
  },
  thrift: {
    wasm: "build/thrift.wasm",
    traits: traits("thrift", {
      reserved: ["args."], order: "replies", requestKeys: ["service", "method", "type", "seqid", "transport", "protocol", "*"], serviceKey: "service", responseKeys: ["type", "*"],
      settableRequest: ["*"], settableResponse: ["*"],
    }),
  },
  awesomerpc: {
    traits: traits("awesomerpc", { requestKeys: ["command", "user"], responseKeys: ["status"], settableRequest: ["user"] }),
  },
  lanesonly: { traits: traits("lanesonly", { inline: false }) },
  inlineonly: { traits: traits("inlineonly", { lanes: false, requestKeys: ["user"] }) },
  mysql: { wasm: "build/mysql.wasm", traits: traits("mysql", { serverFirst: true, order: "strict", lanes: false }) },
};

/** JSON for people: what fits into a line stays in one. */
export function compactJson(value: unknown): string { return `${format(JSON.parse(JSON.stringify(value)), "")}\n`; }

function format(value: unknown, indent: string): string {
  const line = oneLine(value);
  if (typeof value !== "object" || value === null || indent.length + line.length <= 120) return line;
  const inner = `${indent}  `;
  const array = Array.isArray(value);
  const items = array
    ? value.map((item) => format(item, inner))
    : Object.entries(value).filter(([, v]) => v !== undefined).map(([k, v]) => `${JSON.stringify(k)}: ${format(v, inner)}`);
  return `${array ? "[" : "{"}\n${items.map((item) => inner + item).join(",\n")}\n${indent}${array ? "]" : "}"}`;
}

function oneLine(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  const fields = Object.entries(value).filter(([, v]) => v !== undefined).map(([k, v]) => `${JSON.stringify(k)}: ${oneLine(v)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}
