import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { ConfigRejected, Emulator, EnvoyCrash, ModuleRefused, VmTrap, type Connection, type Root } from "./index.ts";
import { compile } from "./testing/compile.ts";

let wasm: Uint8Array;
before(async () => { wasm = await compile("tests/guests/scripted.ts"); });

function start(config = ""): { emulator: Emulator; root: Root; connection: Connection } {
  const emulator = Emulator.load(wasm);
  const root = emulator.createRoot(config);
  return { emulator, root, connection: emulator.newConnection(root) };
}

/** Runs commands in the downstream callback and returns what was logged. */
function logged(commands: string, setup = ""): string[] {
  const { emulator, connection } = start(setup);
  connection.downstream(commands);
  emulator.drainQueues();
  return emulator.logs.texts("info");
}

describe("loading", () => {
  const section = (id: number, ...bytes: number[]): number[] => [id, bytes.length, ...bytes];
  const text = (value: string): number[] => [value.length, ...Buffer.from(value)];
  const HEAD = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

  it("refuses a module without the ABI's mark", () => {
    assert.throws(() => Emulator.load(Uint8Array.from(HEAD)), /Missing or unknown Proxy-Wasm ABI version/);
  });

  const importing = (module: string, name: string, ...params: number[]): Uint8Array => Uint8Array.from([...HEAD,
    ...section(1, 2, 0x60, 0, 0, 0x60, params.length, ...params, 1, 0x7f),
    ...section(2, 1, ...text(module), ...text(name), 0, 1),
    ...section(3, 1, 0),
    ...section(7, 1, ...text("proxy_abi_version_0_2_1"), 0, 1),
    ...section(10, 1, 2, 0, 0x0b)]);

  it("refuses an import that Envoy does not have, with its words", () => {
    assert.throws(() => Emulator.load(importing("env", "seed")), { message: "Failed to load Wasm module due to a missing import: env.seed" });
    assert.throws(() => Emulator.load(importing("wasi", "proxy_log")), ModuleRefused);
    assert.throws(() => Emulator.load(importing("env", "toString")), ModuleRefused);
  });

  it("refuses an import of a wrong type", () => {
    assert.throws(() => Emulator.load(importing("env", "proxy_log", 0x7f)), /import type mismatch: env.proxy_log/);
  });
});

describe("configuration", () => {
  it("is rejected with what the module logged", () => {
    assert.throws(() => Emulator.load(wasm).createRoot("bad"), (error: Error) =>
      error instanceof ConfigRejected && error.message === "field x: found bad, allowed good");
  });
});

describe("downstream data", () => {
  it("goes on when the callback continues, changed as the filter says", () => {
    const { connection } = start();
    assert.equal(connection.downstream("set:2,0,99,abc").toString(), "abc");
  });

  it("stays and adds up while the filter pauses", () => {
    const { connection } = start();
    assert.equal(connection.downstream("pause;").toString(), "");
    assert.equal(connection.downstream("log:2,x;pause;").toString(), "");
    assert.equal(connection.waiting, 20);
    assert.equal(connection.downstream("pause").toString(), "");
  });

  it("leaves after the callback on continue, together with what was appended after it", () => {
    const { connection } = start();
    assert.equal(connection.downstream("pause;set:2,0,999,ab;continue:2;set:2,999,0,cd").toString(), "abcd");
    assert.equal(connection.waiting, 0);
  });

  it("is spliced as Envoy does", () => {
    const { emulator, connection } = start();
    const forwarded = connection.downstream("set:2,0,999,abcdef;set:2,2,1,x;set:2,0,2,X;set:2,5,0,Z;get:2,1,2;get:2,4,99;get:2,6,9;set:9,0,0,y");
    assert.equal(forwarded.toString(), "XcdefZ");
    assert.deepEqual(emulator.logs.texts("info"), ["set=0", "set=2", "set=0", "set=0", "get=cd", "get=fZ", "get=", "set=2"]);
  });

  it("cannot be pushed before there was any", () => {
    const { emulator, root, connection } = start("register:q");
    const other = emulator.newConnection(root);
    other.downstream(`enqueue:select:${connection.id}|set:2,0,0,x|continue:2`);
    emulator.drainQueues();
    assert.deepEqual(emulator.logs.texts("info").slice(-3), ["select=0", "set=2", "continue=0"]);
  });

  it("can be pushed later from the event loop", () => {
    const { emulator, connection } = start("register:q");
    connection.downstream(`pause;set:2,0,999,;enqueue:select:${connection.id}|set:2,0,0,late|continue:2`);
    connection.takeForwarded();
    assert.equal(emulator.drainQueues(), 1);
    assert.equal(connection.takeForwarded().toString(), "late");
  });
});

describe("upstream data", () => {
  it("is changed and goes to the client; the end tells the filter of a close", () => {
    const { emulator, connection } = start();
    connection.downstream("upstream:set:3,0,999,changed");
    assert.equal(connection.upstream("x", true).toString(), "changed");
    assert.equal(emulator.logs.texts("debug").at(-1), "upstream-close=0");
  });

  it("cannot be continued", () => assert.deepEqual(logged("continue:3"), ["continue=12"]));

  it("stays while the filter pauses and comes again with the next bytes", () => {
    const { connection } = start();
    connection.downstream("upstream:pause");
    assert.equal(connection.upstream("ab").length, 0);
    connection.downstream("upstream:get:3,0,99");
    assert.equal(connection.upstream("cd").toString(), "abcd");
  });

  it("crashes Envoy if the filter pushes from there", () => {
    const { connection } = start();
    connection.downstream("pause;upstream:continue:2");
    assert.throws(() => connection.upstream("x"), EnvoyCrash);
  });
});

describe("pushes", () => {
  it("nest when the next filter writes back, and overflow the stack when there are too many in one callback", () => {
    const emulator = Emulator.load(wasm);
    const root = emulator.createRoot("");
    const sink = { data: (connection: Connection): void => void connection.upstream("pong") };
    const connections = Array.from({ length: 260 }, () => emulator.newConnection(root, sink));
    for (const connection of connections) connection.downstream("pause;set:2,0,999,");
    const push = (count: number): string => connections.slice(0, count).map(({ id }) => `select:${id};set:2,0,0,p;continue:2`).join(";");
    connections[0]?.downstream(push(200));
    assert.equal(emulator.vm.deepest, 200);
    assert.throws(() => connections[0]?.downstream(push(260)), /Maximum call stack size exceeded/);
    assert.match(emulator.dead ?? "", /Maximum call stack/);
  });
});

describe("contexts", () => {
  it("that are gone refuse, and leave selected what was", () => {
    const { emulator, root } = start("register:q");
    const gone = emulator.newConnection(root), other = emulator.newConnection(root);
    gone.close();
    other.downstream(`select:${gone.id};enqueue:select:${gone.id}`);
    emulator.drainQueues();
    assert.deepEqual(emulator.logs.texts("info").slice(-3), ["select=2", "enqueue=0", "select=2"]);
  });

  it("answer for a moment longer after their end, and a push is then harmless", () => {
    const { emulator, connection } = start();
    connection.downstream(`pause;ondelete:select:${connection.id}|set:2,0,0,x|continue:2`);
    connection.close();
    assert.deepEqual(emulator.logs.texts("info").slice(-3), ["select=0", "set=0", "continue=0"]);
  });
});

describe("closing", () => {
  it("by the filter happens after its callback", () => {
    const { emulator, connection } = start();
    connection.downstream("pause;close:2");
    assert.equal(connection.closed, true);
    assert.equal(emulator.logs.texts("debug").at(-1), "close=1");
    assert.equal(emulator.connections().length, 0);
  });

  it("by the client", () => {
    const { emulator, connection } = start();
    connection.close();
    assert.equal(emulator.logs.texts("debug").at(-1), "close=2");
  });
});

describe("traps", () => {
  it("kill the VM for good", () => {
    const { emulator, root, connection } = start();
    assert.throws(() => connection.downstream("trap"), VmTrap);
    assert.match(emulator.dead ?? "", /proxy_on_downstream_data failed: Uncaught RuntimeError: unreachable/);
    assert.equal(connection.closed, true);
    assert.equal(emulator.newConnection(root).closed, true);
  });
});

describe("timers and time", () => {
  it("tick when the clock is moved", () => {
    const { emulator, connection } = start("tick:10;ontick:log:3,tick");
    connection.downstream("time");
    emulator.advance(35);
    assert.equal(emulator.logs.texts("warn").length, 3);
    connection.downstream("tick:0;time");
    emulator.advance(100);
    assert.equal(emulator.logs.texts("warn").length, 3);
    const [first, second] = emulator.logs.texts("info").map(line => Number(line.slice(5)));
    assert.equal((second ?? 0) - (first ?? 0), 35);
  });
});

describe("shared queues and data", () => {
  it("wake once for each item", () => {
    assert.deepEqual(logged("enqueue:log:2,a;enqueue:log:2,b;enqueue:dequeue:1", "register:q").slice(-3), ["a", "b", "dequeue=7"]);
  });
  it("compare and swap", () => {
    assert.deepEqual(logged("shared:k;share:k,v,0;shared:k;share:k,w,7;share:k,w,1;shared:k"),
      ["shared=1", "share=0", "shared=v", "share=8", "share=0", "shared=w"]);
  });
  it("know no queue of another number", () => assert.deepEqual(logged("dequeue:9"), ["dequeue=1"]));
});

describe("metrics", () => {
  it("have Envoy's ways", () => {
    assert.deepEqual(logged("define:0,c;increment:4,2;increment:4,0;metric:4;define:1,g;record:5,7;increment:5,-3;metric:5;define:2,h;record:6,5;metric:6;metric:9"),
      ["define=4", "increment=0", "increment=2", "metric=2", "define=5", "record=0", "increment=0", "metric=4", "define=6", "record=0", "metric=!2", "metric=!1"]);
  });
});

describe("properties and foreign functions", () => {
  it("are found by path, the connection's own first", () => {
    const { emulator, root, connection } = start();
    emulator.properties.set(["a", "b"], "process");
    root.properties.set(["c"], "root");
    connection.properties.set(["c"], "own");
    connection.downstream("property:a.b;property:c;property:none;setproperty:mine,5;property:mine");
    assert.deepEqual(emulator.logs.texts("info"), ["property=process", "property=own", "property=1", "setproperty=0", "property=5"]);
  });

  it("set filter state that has a factory", () => {
    const { emulator, connection } = start();
    const set = (path: string): string => `\n${String.fromCharCode(path.length)}${path}\x12\x05redis`;
    connection.downstream(`foreign:set_envoy_filter_state,${set("envoy.tcp_proxy.cluster")};foreign:set_envoy_filter_state,${set("mine")};foreign:none,x`);
    assert.deepEqual(emulator.logs.texts("info"), ["foreign=0", "foreign=1", "foreign=1"]);
    assert.deepEqual(connection.filterState.get("envoy.tcp_proxy.cluster"), { value: "redis", span: 0 });
  });
});

describe("gRPC streams", () => {
  it("belong to the root and are answered by the test", () => {
    const { emulator } = start("grpc:xds,service");
    const stream = emulator.calls.grpc[0];
    assert.ok(stream);
    emulator.calls.receiveGrpc(stream, Buffer.from("hello"));
    emulator.calls.closeGrpc(stream, 14);
    assert.deepEqual(emulator.logs.texts("info"), ["grpc=0", "message=hello", "grpc-close=14"]);
  });
});

describe("counters", () => {
  it("say how often a host call was made", () => {
    const { emulator, connection } = start();
    emulator.resetCalls();
    connection.downstream("get:2,0,1;get:2,0,1");
    assert.equal(emulator.hostCalls("proxy_get_buffer_bytes"), 3);
    assert.ok(emulator.memoryBytes() >= 65536);
  });
});
