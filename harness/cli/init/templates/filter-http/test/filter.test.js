import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigRejected, Emulator } from "meltemi/emulator";

const WASM = "build/{{name}}.wasm";

/** A GET request through the filter to a server that says hello. */
function get(headers) {
  const emulator = Emulator.load(WASM), root = emulator.createRoot('{"key":"sesame"}');
  const stream = emulator.newHttpStream(root, (each) => each.respond([[":status", "200"]], "hello"));
  stream.requestHeaders([[":method", "GET"], [":path", "/"], [":authority", "shop.example"], ...headers]);
  emulator.drainQueues();
  emulator.assertNoLeaks();
  return stream;
}

test("who knows the key is served, and the server does not see it", () => {
  const { client, upstream } = get([["x-key", "sesame"]]);
  assert.equal(client.status, 200);
  assert.equal(client.body.toString(), "hello");
  assert.equal(client.field("x-passed"), "{{name}}");
  assert.equal(upstream.field("x-key"), undefined);
});

test("others are not", () => {
  for (const headers of [[], [["x-key", ""]], [["x-key", "open"]]]) {
    const { client, upstream } = get(headers);
    assert.equal(client.status, 403);
    assert.equal(client.body.toString(), "a key is needed\n");
    assert.equal(upstream.ended, false);
  }
});

test("a wrong configuration is refused with a reason", () => {
  assert.throws(() => Emulator.load(WASM).createRoot("{}"), (error) => error instanceof ConfigRejected && /key: missing/.test(error.message));
});
