/** examples/http-header-mutation, the same on every host. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Room } from "./room.ts";
import { HOSTS, type Stage } from "./stage.ts";

const room = new Room("http-header-mutation");

for (const host of HOSTS) describe(`http-header-mutation on ${host.name}`, () => {
  let stage: Stage;
  before(async () => { stage = await host.open(room); });
  after(() => stage?.close());

  it("sets, adds and removes headers of the request", async () => {
    const { status, body } = await stage.get({ "x-internal": "1", "x-env": "test" });
    assert.deepEqual([status, body], [200, "env=prod hop=mesh internal=-\n"]);
  });

  it("sets headers of the response", async () => {
    assert.equal((await stage.get()).headers["x-served-by"], "mesh");
  });
});
