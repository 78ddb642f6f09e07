import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigRejected, Emulator } from "meltemi/emulator";

const WASM = "build/{{name}}.wasm";

test("a connection that begins with the prefix is closed, its bytes go nowhere", () => {
  const emulator = Emulator.load(WASM), root = emulator.createRoot('{"refuse":"SSH-"}');
  const connection = emulator.newConnection(root);
  assert.equal(connection.downstream("SS").toString(), "", "held until it is known");
  connection.downstream("H-2.0-OpenSSH_9.6\r\n");
  emulator.drainQueues();
  assert.equal(connection.closed, true);
  assert.equal(connection.takeForwarded().toString(), "");
});

test("others pass and are counted", () => {
  const emulator = Emulator.load(WASM), root = emulator.createRoot('{"refuse":"SSH-"}');
  const connection = emulator.newConnection(root);
  assert.equal(connection.downstream("GET / HTTP/1.1\r\n").toString(), "GET / HTTP/1.1\r\n");
  assert.equal(connection.closed, false);
  emulator.advance(1000);
  assert.equal(emulator.metrics.value("{{name}}_bytes"), 16);
});

test("a wrong configuration is refused with a reason", () => {
  assert.throws(() => Emulator.load(WASM).createRoot('{"refused":"SSH-"}'), (error) => error instanceof ConfigRejected && /did you mean refuse/.test(error.message));
});
