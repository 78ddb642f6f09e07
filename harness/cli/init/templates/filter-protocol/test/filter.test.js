import assert from "node:assert/strict";
import { test } from "node:test";
import { Emulator } from "meltemi/emulator";
import { FakeHcm } from "meltemi/emulator/hcm";

/** A client of a listener with the filter; all requests go to one cluster. */
function client() {
  const emulator = Emulator.load("build/{{name}}.wasm");
  const root = emulator.createRoot(JSON.stringify({
    codec: "redis", routes: [{ match: [], cluster: "servers" }], filters: [{ name: "{{name}}", config: { deny: ["flushall"] } }],
  }));
  const hcm = new FakeHcm({ onLane: (lane) => lane.accept("127.0.0.1:6379") });
  const connection = emulator.newConnection(root, hcm);
  const send = (text) => {
    connection.downstream(text);
    emulator.drainQueues();
    return connection.takeWritten().toString();
  };
  return { hcm, send };
}

test("a command that is denied gets Redis' own error, and no server hears of it", () => {
  const { hcm, send } = client();
  assert.match(send("*1\r\n$8\r\nFLUSHALL\r\n"), /^-.*this command is not allowed\r\n$/);
  assert.equal(hcm.lanes.length, 0);
});

test("others go to a server", () => {
  const { hcm, send } = client();
  send("*2\r\n$3\r\nGET\r\n$1\r\na\r\n");
  assert.equal(hcm.lanes.length, 1);
});
