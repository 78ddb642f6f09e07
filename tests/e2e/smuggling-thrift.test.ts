/** The smuggling cases on real servers: whether they run the forbidden call when the bytes come directly, and that none runs it behind the filter. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { made } from "../../codecs/thrift/smuggling/made.ts";
import { runBy, SERVERS, type ServerKind, speaks } from "../../codecs/thrift/smuggling/runs.ts";
import { ascii, compact, framed, hex, join as bytesOf, STOP, strict, theader, u32, varint } from "../../codecs/thrift/vectors/bytes.ts";
import { startServer, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import type { SmugglingCase } from "../contract/smuggling.ts";
import { inlineEntry } from "./inline.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const WAYS = ["lanes", "inline"] as const;
/** A connection that neither ends nor answers any more is one that waits: the server has got all that it will. */
const QUIET_MS = 150, PATIENCE_MS = 20_000;

const cases = made().filter((one) => SERVERS.some((kind) => speaks(kind, one)));
/** Cases with the same rules and options share a listener. */
const guardOf = ({ rules, default: otherwise, options }: SmugglingCase): string => JSON.stringify({ rules, default: otherwise, options });
const guards = [...new Set(cases.map(guardOf))];
const kindsOf = (one: SmugglingCase): ServerKind[] => SERVERS.filter((kind) => speaks(kind, one));

const servers = new Map<string, ThriftServer>(), ports: Record<string, number> = {};
/** Forbidden calls that each has run of what came directly. */
const total: Record<string, number> = {};
let mesh: Mesh;

before(async () => {
  for (const { name, library, ...how } of SERVERS) servers.set(name, await startServer(library, { name, ...how }));
  const used = new Set(cases.flatMap((one) => kindsOf(one).map((kind) => `${SERVERS.indexOf(kind)}-${guards.indexOf(guardOf(one))}`)));
  const entries = [...used].flatMap((pair) => WAYS.map((way) => {
    const host = `${way}-${pair}.example`, port = servers.get(SERVERS[parseInt(pair, 10)]!.name)!.port;
    return (way === "lanes" ? serviceEntry : inlineEntry)(host, `tcp-thrift-framed-binary-${way}-${pair}`, [[port]]);
  }));
  mesh = await startMesh(entries.join("\n---\n"), { plugin: (configuration) => {
    const { rules, default: otherwise, options } = JSON.parse(guards[Number(/-(\d+)\.example/.exec(String(configuration.service))![1])]!) as SmugglingCase;
    return { ...configuration, options, filters: [{ name: "auth", config: { rules, default: otherwise } }] };
  } });
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[/([a-z]+-\d+-\d+)\.example/.exec(listener)![1]!] = port;
});

after(async () => {
  await mesh?.envoy.stop();
  await Promise.allSettled([...servers.values()].map((server) => server.kill()));
});

/** How often the server has run `drop`, as its method `calls` tells. */
async function dropped({ name, transport, protocol }: ServerKind): Promise<number> {
  const asked = protocol === "compact" ? compact("calls", bytesOf(hex("18"), varint(4), ascii("drop"), STOP)) : strict("calls", bytesOf(hex("0b 0001"), u32(4), ascii("drop"), STOP));
  const answer = await write(servers.get(name)!.port, transport === "buffered" ? asked : framed(asked), "end");
  // Field 0 of the result, an i32; in compact a zigzag varint.
  const mark = hex(protocol === "compact" ? "05 00" : "08 0000"), at = answer.indexOf(mark, answer.indexOf("calls")) + mark.length;
  assert.ok(at >= mark.length, `${name}: ${answer.toString("hex")}`);
  return protocol === "compact" ? varintAt(answer, at) / 2 : answer.readInt32BE(at);
}

function varintAt(bytes: Buffer, at: number): number {
  const byte = bytes[at]!;
  return (byte & 0x7f) + (byte < 0x80 ? 0 : 128 * varintAt(bytes, at + 1));
}

/** Writes the bytes; all that came until the connection ended, or something was answered, or nothing came for a while. */
function write(port: number, content: Buffer, until: "end" | "answer" | "quiet"): Promise<Buffer> {
  return new Promise((resolve) => {
    const got: Buffer[] = [], socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => until === "end" ? socket.end(content) : socket.write(content));
    const timer = until === "quiet" ? setTimeout(() => socket.destroy(), QUIET_MS) : undefined;
    socket.on("data", (part: Buffer) => {
      got.push(part);
      timer?.refresh();
      if (until === "answer") socket.destroy();
    }).setTimeout(PATIENCE_MS, () => socket.destroy()).on("end", () => socket.end()).on("error", () => undefined).once("close", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(got));
    });
  });
}

/** Sends the case's bytes to a port that leads to the server; whether it has run the forbidden call then. */
async function runs(kind: ServerKind, one: SmugglingCase, port: number, until: "end" | "quiet"): Promise<boolean> {
  const before = await dropped(kind);
  await write(port, Buffer.from(one.hex, "hex"), until);
  return await dropped(kind) > before;
}

/** A call of echo with nothing hidden in it, as clients behind these options write it. */
function honest({ transports, protocols }: { transports: string[]; protocols: string[] }): Buffer {
  const message = protocols[0] === "compact" ? compact("echo", bytesOf(hex("18"), varint(6), ascii("honest"), STOP)) : strict("echo", bytesOf(hex("0b 0001"), u32(6), ascii("honest"), STOP));
  if (transports.includes("framed")) return framed(message);
  return transports.includes("header") ? theader(message, { protocol: protocols[0] === "compact" ? 2 : 0 }) : message;
}

test("what hides nothing is answered, each way", async () => {
  await Promise.all(Object.entries(ports).map(async ([name, port]) => {
    const { rules, options } = JSON.parse(guards[Number(name.split("-").at(-1))]!) as SmugglingCase;
    const answer = await write(port, honest(options as Parameters<typeof honest>[0]), "answer");
    assert.ok(answer.includes(JSON.stringify(rules).includes("many") ? "denied" : "honest"), `${name}: ${answer.toString("latin1")} ${mesh.envoy.log()}`);
  }));
});

test("directly, servers run what is written of them", async () => {
  await Promise.all(SERVERS.map(async (kind) => {
    for (const one of cases.filter((each) => speaks(kind, each))) {
      assert.equal(await runs(kind, one, servers.get(kind.name)!.port, "end"), runBy(one).includes(kind), `${one.name}, on ${kind.name}`);
    }
    total[kind.name] = await dropped(kind);
  }));
});

for (const way of WAYS) {
  describe(`what a client hides, ${way}`, () => {
    for (const one of cases) {
      test(one.name, async () => {
        await Promise.all(kindsOf(one).map(async (kind) => {
          const port = ports[`${way}-${SERVERS.indexOf(kind)}-${guards.indexOf(guardOf(one))}`]!;
          assert.equal(await runs(kind, one, port, "quiet"), false, `${kind.name}: ${mesh.envoy.log()}`);
        }));
      });
    }
  });
}

/** Where a case was slow. */
test("nothing of it has run later", async () => {
  for (const kind of SERVERS) assert.equal(await dropped(kind), total[kind.name], kind.name);
});

test("no VM has died", () => assert.doesNotMatch(mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/));
