/** A module may have some filters alone. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { test } from "node:test";
import { buildGuest } from "../../harness/build/all.ts";
import { FakeHcm } from "../../harness/emulator/http2.ts";
import { Emulator } from "../../harness/emulator/index.ts";
import { call, ok, route } from "./world.ts";

const config = (...filters: object[]): string => JSON.stringify({ codec: "toy", routes: [route("a")], filters });
const REFUSING = { name: "auth", config: { rules: [{ name: "no", action: "deny", match: [[{ key: "to", exact: "b" }]] }], default: "allow" } };

test("those that were chosen work, others are refused by name, and the module is smaller", async () => {
  const wasm = await buildGuest("tests/guests/choice.ts"), whole = await buildGuest("tests/toy/index.ts"), emulator = Emulator.load(wasm);
  assert.ok(statSync(wasm).size < 0.85 * statSync(whole).size);
  assert.throws(() => emulator.createRoot(config({ name: "jwt", config: {} })), /filters\[0\]\.name: found "jwt", allowed: auth, metrics/);
  const hcm = new FakeHcm({ onLane: (lane) => lane.accept() }), connection = emulator.newConnection(emulator.createRoot(config({ name: "metrics" }, REFUSING)), hcm);
  connection.downstream(call(1, "a") + call(2, "b"));
  emulator.drainQueues();
  hcm.lanes[0]!.send(ok(1));
  emulator.drainQueues();
  assert.match(connection.takeWritten().toString(), /error 2 .*reason=Denied[^]*ok 1/);
});
