/**
 * Requests that differ from the IDL of their server, and arguments as keys: with real servers, through the real Envoy. The first
 * test of each library shows that the danger is real: the server itself runs the call that lies in the bytes of another's arguments.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { startClient, startServer, type ThriftClient, type ThriftServer } from "../../harness/peers/thrift/index.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const LIBRARIES = ["python", "go"] as const, STACK = { transport: "buffered", protocol: "binary" } as const;
const SUBSETS = ["v1", "v2"];
const ITEM = { id: 3, name: "lamp", numbers: [1, -12345678901], tags: { a: "b" }, marks: [1, 2], flag: true, weight: -1.5 };
const WAIT_MS = 20_000, PROTOCOL_ERROR = 7;

const servers: Record<string, ThriftServer> = {};
/** To the servers themselves, not through Envoy. */
const direct: Record<string, ThriftClient> = {};
const ports: Record<string, number> = {};
let mesh: Mesh;

before(async () => {
  for (const library of LIBRARIES) {
    for (const version of SUBSETS) {
      const name = `${library}-${version}`, server = servers[name] = await startServer(library, { name, ...STACK });
      direct[name] = await startClient("python", { port: server.port, ...STACK });
    }
  }
  const idl = { files: ["demo.thrift"], texts: { "demo.thrift": readFileSync(new URL("../../harness/peers/thrift/demo.thrift", import.meta.url), "utf8") } };
  const protocol = { apiVersion: "metaprotocol.aeraki.io/v1alpha1", kind: "ApplicationProtocol", metadata: { name: "demo" }, spec: { protocol: "demo", codec: "thrift", options: { transports: ["unframed"], protocols: ["binary"], idl } } };
  mesh = await startMesh([JSON.stringify(protocol), ...LIBRARIES.flatMap(resources)].join("\n---\n"));
  for (const [name, { port }] of await mesh.envoy.listeners()) ports[LIBRARIES.find((each) => name.includes(each))!] = port;
});

after(async () => {
  await Promise.allSettled([...Object.values(direct).map((client) => client.stop()), mesh?.envoy.stop()]);
  await Promise.allSettled(Object.values(servers).map((server) => server.kill()));
});

/** Items named lamp go to v2; add, and texts that begin with secret, are denied. */
function resources(library: string): string[] {
  const host = `${library}.example`, to = (subset: string): object => ({ route: [{ destination: { host, subset } }] });
  const annotations: Record<string, string> = library === "go" ? { "meltemi.io/upstream": "inline" } : {};
  const rules = [
    { name: "add", action: "deny", match: [{ method: { exact: "add" } }] },
    { name: "secret", action: "deny", match: [{ "args.text": { prefix: "secret" } }] },
  ];
  return [
    serviceEntry(host, "tcp-demo", SUBSETS.map((version) => [servers[`${library}-${version}`]!.port, { version }]), annotations),
    ...[
      { apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name: library }, spec: { host, subsets: SUBSETS.map((version) => ({ name: version, labels: { version } })) } },
      { apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: library },
        spec: { hosts: [host], http: [{ match: [{ headers: { "args.it.name": { exact: "lamp" } } }], ...to("v2") }, to("v1")] } },
      { apiVersion: "meltemi.io/v1alpha1", kind: "Policy", metadata: { name: library }, spec: { targetRef: { host }, auth: { rules, default: "allow" } } },
    ].map((resource) => JSON.stringify(resource)),
  ];
}

const u32 = (value: number): Buffer => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(value); return bytes; };
const call = (method: string, seqid: number, struct: Buffer): Buffer => Buffer.concat([Buffer.from([0x80, 1, 0, 1]), u32(method.length), Buffer.from(method), u32(seqid), struct]);

/** Calls item with tags of i64 to i64: who reads texts finds the end of the arguments early, and then a call of add. */
function hidden(): Buffer {
  const count = 30, add = call("add", 2, Buffer.from("08000100000001080002000000010000", "hex"));
  const read = Buffer.concat([Buffer.alloc(8 * count), Buffer.from([0, 0]), add]), sent = Buffer.alloc(16 * count);
  read.copy(sent);
  return call("item", 1, Buffer.concat([Buffer.from("0c00010800010000000a0d00040a0a", "hex"), u32(count), sent, Buffer.from([0, 0])]));
}

const counted = async (server: string, method: string): Promise<number> => Number((await direct[server]!.call({ method: "calls", args: [method] })).value);
const everywhere = async (library: string, method: string): Promise<number> => (await counted(`${library}-v1`, method)) + (await counted(`${library}-v2`, method));

/** Writes bytes on a connection of their own, and resolves with what came back once it has ended. */
async function written(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = connect(port, "127.0.0.1"), got: Buffer[] = [];
  let ended = false;
  socket.on("data", (part) => got.push(part)).on("error", () => undefined).on("close", () => { ended = true; });
  socket.write(bytes);
  try {
    await until("the connection ends", WAIT_MS, () => ended);
  } finally {
    socket.destroy();
  }
  return Buffer.concat(got);
}

for (const library of LIBRARIES) {
  test(`${library}: the server itself runs the call that lies in the arguments of another`, async () => {
    const before = await counted(`${library}-v1`, "add"), socket = connect(servers[`${library}-v1`]!.port, "127.0.0.1").on("error", () => undefined);
    socket.write(hidden());
    try {
      await until("add is run", WAIT_MS, async () => await counted(`${library}-v1`, "add") > before);
    } finally {
      socket.destroy();
    }
  });

  test(`${library}: through Envoy neither is run, and other connections go on`, async () => {
    const before = [await everywhere(library, "add"), await everywhere(library, "item")];
    const answer = await written(ports[library]!, hidden());
    const client = await startClient("python", { port: ports[library]!, ...STACK });
    try {
      assert.deepEqual((await client.call({ method: "item", args: [{ ...ITEM, name: "chair" }] })).value, { ...ITEM, name: "chair" }, mesh.envoy.log());
    } finally {
      await client.stop();
    }
    assert.deepEqual([await everywhere(library, "add"), await everywhere(library, "item")], [before[0], before[1]! + 1]);
    if (library === "python") assert.match(answer.toString("latin1"), /cannot be read|bad request|IDL/i);
  });

  test(`${library}: arguments lead calls to servers, and close doors`, async () => {
    const ask = async (...calls: { method: string; args: unknown[] }[]) => {
      const client = await startClient("python", { port: ports[library]!, ...STACK });
      try {
        const results = [];
        for (const one of calls) results.push(await client.call(one));
        return results;
      } finally {
        await client.stop();
      }
    };
    const before = await counted(`${library}-v2`, "item");
    assert.deepEqual((await ask({ method: "item", args: [ITEM] }))[0]!.value, ITEM);
    assert.equal(await counted(`${library}-v2`, "item"), before + 1, "lamps are v2's");
    const echoed = await everywhere(library, "echo"), [secret, open] = await ask({ method: "echo", args: ["secret word"] }, { method: "echo", args: ["open word"] });
    assert.match(secret!.error!, /access denied/);
    assert.equal(open!.value, "open word");
    assert.equal(await everywhere(library, "echo"), echoed + 1);
  });
}

test("a call that the IDL does not have gets an error in the protocol's words", async () => {
  const answer = await written(ports.python!, call("nope", 5, Buffer.from([0])));
  assert.ok(answer.includes(Buffer.from([8, 0, 2, 0, 0, 0, PROTOCOL_ERROR])), answer.toString("hex"));
});
