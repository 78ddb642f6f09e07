/** Small and large messages, changed and not, in pieces of any size: what leaves is what came, less what was changed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeHcm } from "../../harness/emulator/http2.ts";
import { call, ok, route, World } from "./world.ts";

const MARKED = { set: { mark: "1" } };
const ROUTES = [route("a"), route("b", { request: MARKED, response: MARKED })];
const KIB = 1 << 10, LARGEST = 300 * KIB;

/** Numbers below a bound, the same in each run. */
function random(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => (state = Math.imul(state, 1103515245) + 12345 >>> 0) % bound;
}

interface Mixed { requests: string; sent: string; replies: string; got: string }

/** Requests to one cluster as a client and its server see them, and the replies as both do; of `to` b both are changed. */
function mixed(below: (bound: number) => number, to: "a" | "b"): Mixed {
  const all = { requests: "", sent: "", replies: "", got: "" }, more = to === "b" ? " mark=1" : "";
  for (let id = 1; id <= 12; id++) {
    const bodies = [0, 1].map(() => String.fromCharCode(97 + below(26)).repeat([below(50), below(8 * KIB), below(LARGEST)][below(3)]!));
    all.requests += call(id, to, bodies[0]);
    all.sent += call(id, to, bodies[0], more);
    all.replies += ok(id, bodies[1]);
    all.got += ok(id, bodies[1], more);
  }
  return all;
}

function* pieces(text: string, below: (bound: number) => number): Generator<string> {
  for (let at = 0; at < text.length;) {
    const size = 1 + [below(20), below(5 * KIB), below(LARGEST)][below(3)]!;
    yield text.slice(at, at + size);
    at += size;
  }
}

/** Sends a text in pieces; what has come out at the other end. */
function through(world: World, text: string, below: (bound: number) => number, send: (piece: string) => unknown, take: () => Buffer): string {
  for (const piece of pieces(text, below)) {
    send(piece);
    world.emulator.drainQueues();
  }
  return take().toString("latin1");
}

/** Where two long texts differ, instead of both. */
function same(found: string, wanted: string, what: string): void {
  if (found === wanted) return;
  let at = 0;
  while (found[at] === wanted[at]) at++;
  assert.fail(`${what}: ${found.length} bytes, wanted ${wanted.length}; from ${at}: ${JSON.stringify(found.slice(at, at + 40))}, wanted ${JSON.stringify(wanted.slice(at, at + 40))}`);
}

for (const to of ["a", "b"] as const) {
  for (const maxFrame of [undefined, 20_000, 1 << 20, 1 << 24]) {
    test(`lanes, frames of ${maxFrame ?? "16,384"} bytes, ${to === "b" ? "changed" : "untouched"}`, async () => {
      const world = await World.open({ routes: ROUTES });
      for (let seed = 1; seed <= 12; seed++) {
        const below = random(seed), { requests, sent, replies, got } = mixed(below, to);
        const hcm = new FakeHcm({ maxFrame, onLane: (lane) => lane.accept("127.0.0.1:1") }), connection = world.connect(hcm);
        same(through(world, requests, below, (piece) => connection.downstream(piece), () => hcm.lanes[0]!.received), sent, `seed ${seed}, requests`);
        same(through(world, replies, below, (piece) => hcm.lanes[0]!.send(piece), () => connection.takeWritten()), got, `seed ${seed}, replies`);
        connection.close();
      }
    });
  }

  test(`inline, ${to === "b" ? "changed" : "untouched"}`, async () => {
    const world = await World.open({ upstream: "inline", routes: ROUTES });
    for (let seed = 1; seed <= 24; seed++) {
      const below = random(seed), { requests, sent, replies, got } = mixed(below, to), connection = world.emulator.newConnection(world.root, null);
      same(through(world, requests, below, (piece) => connection.downstream(piece), () => connection.takeForwarded()), sent, `seed ${seed}, requests`);
      same(through(world, replies, below, (piece) => connection.upstream(piece), () => connection.takeWritten()), got, `seed ${seed}, replies`);
      connection.close();
    }
  });
}
