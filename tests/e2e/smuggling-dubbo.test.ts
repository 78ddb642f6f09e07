/** The smuggling cases on real servers, Java and Go: what they run of the bytes directly, and that nothing of it is run through the filter. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { type Case, made } from "../../codecs/dubbo/smuggling/made.ts";
import { frame, join, map, short } from "../../codecs/dubbo/vectors/bytes.ts";
import { startGoServer, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { inlineEntry } from "./inline.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const KINDS = ["java", "go"] as const, WAYS = ["lanes", "inline"] as const;
type Kind = (typeof KINDS)[number];

/** Those that a server of today runs; the others are held to on the emulator. */
const cases = made().filter(({ executes }) => executes !== undefined);
/** Cases with the same rules share a listener. */
const guardOf = ({ rules, default: otherwise, options }: Case): string => JSON.stringify({ rules, default: otherwise, options });
const guards = [...new Set(cases.map(guardOf))];
const used = (kind: Kind, guard: string): boolean => cases.some((one) => one.executes?.[kind] !== undefined && guardOf(one) === guard);

/** A call of a method that nobody has: its answer says that what came before it was read. */
const LAST = 99n;
const last = frame(join(short("2.0.2"), short("p.Pub"), short("1.0.0"), short("none"), short(""), map([short("path"), short("p.Pub")], [short("version"), short("1.0.0")])), { id: LAST });

const servers = {} as Record<Kind, { port: number; log(): string; stop(): Promise<void> }>, ports: Record<string, number> = {};
let mesh: Mesh;

before(async () => {
  const [java, go] = await Promise.all([startJavaServer({ name: "pub", interface: "p.Pub", also: "p.Sec:2.0.0" }), startGoServer()]);
  servers.java = { ...java, stop: () => java.stop("SIGKILL") };
  servers.go = go;
  const entries = KINDS.flatMap((kind) => guards.flatMap((guard, i) => used(kind, guard) ? WAYS.map((way) => {
    const name = `${kind}-${way}-${i}`;
    return (way === "lanes" ? serviceEntry : inlineEntry)(`${name}.example`, `tcp-dubbo-${name}`, [[servers[kind].port]]);
  }) : []));
  mesh = await startMesh(entries.join("\n---\n"), { plugin: (configuration) => {
    const { rules, default: otherwise, options } = JSON.parse(guards[Number(/-(\d+)\.example/.exec(String(configuration.service))![1])]!) as Case;
    return { ...configuration, ...(options ? { options } : {}), filters: [{ name: "auth", config: { rules, default: otherwise } }] };
  } });
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[/([a-z]+-[a-z]+-\d+)\.example/.exec(listener)![1]!] = port;
});

after(async () => {
  await mesh?.envoy.stop();
  await Promise.allSettled(Object.values(servers).map((server) => server.stop()));
});

/** Writes the bytes, and the last call behind them, until that is answered (true) or the connection ends. */
function write(port: number, content: Buffer): Promise<boolean> {
  const id = Buffer.alloc(8);
  id.writeBigUInt64BE(LAST);
  return new Promise((resolve, reject) => {
    let got: Buffer = Buffer.alloc(0);
    const socket = connect(port, "127.0.0.1", () => socket.write(join(content, last)));
    socket.setTimeout(20_000, () => socket.destroy(new Error(`neither answer nor end; got ${got.toString("hex")}`)));
    socket.on("data", (part: Buffer) => {
      got = join(got, part);
      if (!got.includes(id)) return;
      resolve(true);
      socket.destroy();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => error.code === "ECONNRESET" ? resolve(false) : reject(error)).on("close", () => resolve(false));
  });
}

test("what hides nothing is answered, each way", async () => {
  for (const [name, port] of Object.entries(ports)) assert.equal(await write(port, Buffer.alloc(0)), true, name);
});

for (const kind of KINDS) {
  describe(`what a client hides from ${kind}`, () => {
    for (const one of cases) {
      const ran = one.executes?.[kind];
      if (ran === undefined) continue;
      test(one.name, async () => {
        const server = servers[kind], content = Buffer.from(one.hex, "hex");
        let from = server.log().length;
        await write(server.port, content);
        await until(`directly, the log says ${ran}`, 10_000, () => server.log().slice(from).includes(ran));
        for (const way of WAYS) {
          from = server.log().length;
          await write(ports[`${kind}-${way}-${guards.indexOf(guardOf(one))}`]!, content);
          assert.ok(!server.log().slice(from).includes(ran), `${way}: ${server.log().slice(from)}`);
        }
      });
    }
  });
}

test("no VM has died", () => assert.doesNotMatch(mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/));
