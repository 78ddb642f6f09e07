/** examples/http-fault, the same on every host. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Room } from "./room.ts";
import { type Answer, HOSTS, type Stage } from "./stage.ts";

const room = new Room("http-fault");

for (const host of HOSTS) describe(`http-fault on ${host.name}`, () => {
  let stage: Stage, half: Stage;
  before(async () => {
    stage = await host.open(room, { byHeader: true });
    half = await host.open(room, { abort: { status: 503, percent: 50 } });
  });
  after(() => Promise.all([stage?.close(), half?.close()]));

  /** A request's answer, and how long it took. */
  async function timed(headers: Record<string, string>, ms: number): Promise<Answer & { ms: number }> {
    const start = stage.now(), waiting = stage.get(headers);
    let ended = 0;
    const done = waiting.then((answer) => {
      ended = stage.now();
      return answer;
    });
    await stage.pass(ms);
    return { ...await done, ms: ended - start };
  }

  it("without a wish nothing happens", async () => {
    assert.deepEqual((({ status, body }) => [status, body])(await stage.get()), [200, "hello\n"]);
  });

  it("a header asks for an error", async () => {
    assert.deepEqual((({ status, body }) => [status, body])(await stage.get({ "x-fault-abort": "418" })), [418, "fault filter abort\n"]);
  });

  it("what the header says must make sense", async () => {
    for (const wish of ["", "none", "99", "1000", "-1", "NaN"]) assert.equal((await stage.get({ "x-fault-abort": wish })).status, 200, wish);
  });

  it("a header asks for a delay, and then the request goes on", async () => {
    const answer = await timed({ "x-fault-delay-ms": "300" }, 400);
    assert.equal(answer.status, 200);
    assert.ok(answer.ms >= 300, `${answer.ms} ms`);
  });

  it("delay and error together", async () => {
    const answer = await timed({ "x-fault-delay-ms": "100", "x-fault-abort": "503" }, 200);
    assert.equal(answer.status, 503);
    assert.ok(answer.ms >= 100, `${answer.ms} ms`);
  });

  it("the shorter delay ends first, whatever the order", async () => {
    const order: string[] = [];
    const all = ["400", "100"].map((ms) => stage.get({ "x-fault-delay-ms": ms }).then(() => order.push(ms)));
    await stage.pass(500);
    await Promise.all(all);
    assert.deepEqual(order, ["100", "400"]);
  });

  it("half of the requests is half of them", async () => {
    let refused = 0;
    for (let i = 0; i < 400; i++) if ((await half.get()).status === 503) refused++;
    // six standard deviations
    assert.ok(refused > 140 && refused < 260, `${refused} of 400`);
    assert.equal((await half.get({ "x-fault-abort": "418" })).status === 418, false, "headers count only where the configuration says so");
  });
});
