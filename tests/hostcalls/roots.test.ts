/** What needs more than one configuration, VM or worker, or a host other than Envoy: on the emulator. */
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { Emulator, Shared, VmTrap } from "../../harness/emulator/index.ts";
import type { Step } from "./case.ts";
import { buildCases, configuration, said } from "./guest.ts";

type On = Record<string, Step[]>;
const config = (name: string, on: On): string => configuration({ name, kind: "root", on });
const lines = (emulator: Emulator, name: string): string[] => emulator.logs.texts().flatMap((text) => said(name, text)).filter((line) => line !== "configure");

describe("emulator: roots, VMs and workers", () => {
  let wasm = "", bytes: Uint8Array;
  before(async () => {
    wasm = await buildCases();
    bytes = readFileSync(wasm);
  });
  after(() => rmSync(wasm, { force: true }));

  it("a root that is not done yet goes when it says so", () => {
    const emulator = Emulator.load(bytes);
    const root = emulator.createRoot(config("late", { root_done: [["pause"], ["finish"]], tick: [["finish"], ["finish"]] }));
    emulator.removeRoot(root);
    assert.deepEqual(lines(emulator, "late"), ["root_done", "finish=1"]);
    emulator.tick(root);
    assert.deepEqual(lines(emulator, "late").slice(2), ["tick", "finish=0", "finish=1", "root_delete"]);
  });

  it("a host may call functions of the module's own", () => {
    const emulator = Emulator.load(bytes);
    const root = emulator.createRoot(config("foreign", { foreign_function: [["readBuffer", 8]] }));
    emulator.callForeignFunction(root, 7, Buffer.from("arguments"));
    assert.deepEqual(lines(emulator, "foreign"), ["foreign_function 7 9", "readBuffer=0 arguments"]);
  });

  it("workers share data and queues of their VM's id, and other VMs find the queue by it", () => {
    const shared = new Shared(), on: On = { configure: [["registerQueue", "q"]], queue_ready: [["dequeue", "q"]] };
    const first = Emulator.load(bytes, { shared, vmId: "a" }), second = Emulator.load(bytes, { shared, vmId: "a" }), other = Emulator.load(bytes, { shared, vmId: "b" });
    first.createRoot(config("first", on));
    second.createRoot(config("second", on));
    const data: Step[] = [["readSharedData", "k"], ["setSharedData", "k", "v"], ["readSharedData", "k"]];
    other.createRoot(config("other", { configure: [["resolveQueue", "a", "q"], ["enqueue", "q", "hello"], ["resolveQueue", "", "q"], ...data] }));
    first.createRoot(config("more", { configure: data }));
    second.createRoot(config("again", { configure: data }));
    assert.equal(first.drainQueues(), 0);
    assert.equal(second.drainQueues(), 1);
    assert.deepEqual(lines(second, "second").slice(-2), ["queue_ready", "dequeue=0 hello"]);
    assert.deepEqual(lines(other, "other"), ["resolveQueue=0", "enqueue=0", "resolveQueue=1", "readSharedData=1", "setSharedData=0", "readSharedData=0 v"]);
    assert.equal(lines(first, "more")[0], "readSharedData=1");
    assert.equal(lines(second, "again")[0], "readSharedData=0 v");
  });

  it("a trap ends every stream of the VM, and a new VM comes a second later", () => {
    const emulator = Emulator.load(bytes, { failurePolicy: "reload" });
    const root = emulator.createRoot(config("trap", { "downstream_data#2": [["trap"]] }));
    const connection = emulator.newConnection(root), neighbour = emulator.newHttpStream(root).requestHeaders([[":path", "/"]], false);
    connection.downstream("a");
    assert.throws(() => connection.downstream("b"), VmTrap);
    assert.deepEqual([connection.closed, neighbour.client.status], [true, 503]);
    assert.equal(emulator.newConnection(root).closed, true);
    emulator.advance(1000);
    assert.equal(emulator.newConnection(root).downstream("c").toString(), "c");
    assert.equal(emulator.dead, null);
  });

  it("a test that leaves something open is told", () => {
    const emulator = Emulator.load(bytes);
    const root = emulator.createRoot(config("leak", { request_headers: [["grpcStream", "any", "Service", "Method", []]] }));
    const stream = emulator.newHttpStream(root).requestHeaders([[":path", "/"]], false);
    const connection = emulator.newConnection(root);
    assert.throws(() => emulator.assertNoLeaks(), /HTTP stream 2 is still open; connection 3 is still open; 1 calls/);
    stream.abort();
    connection.close();
    assert.throws(() => emulator.assertNoLeaks(), /left behind: 1 calls/);
    assert.throws(() => emulator.assertNoLeaks(1), /memory/);
  });
});
