/** Token buckets on the emulator: rates, bursts, workers, rules, keys. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Shared } from "../../harness/emulator/shared.ts";
import { call, type Config, ok, World } from "../framework/world.ts";
import { localRateLimit, Worker } from "./limits.ts";

const bucket = (max: number, tokensPerFill = max, fillMs = 1000): Config => ({ max, tokensPerFill, fillMs });
const is = (key: string, exact: string): Config[][] => [[{ key, exact }]];

function near(found: number, wanted: number, percent: number): void {
  assert.ok(Math.abs(found - wanted) <= wanted * percent / 100, `${found} passed, ${wanted} wanted`);
}

test("a bucket: its burst, what it fills, never more than full; the error is the protocol's", async () => {
  const world = await World.open(localRateLimit({ bucket: bucket(3) })), client = world.client();
  client.send([1, 2, 3, 4].map((id) => call(id, "a")).join(""));
  assert.equal(client.at("a"), [1, 2, 3].map((id) => call(id, "a")).join(""));
  assert.match(client.got(), /^error 4 \d+ reason=RateLimited code=0\ntoo many requests: limit service$/);
  client.lane("a").send([1, 2, 3].map((id) => ok(id)).join(""));
  assert.equal(client.got(), [1, 2, 3].map((id) => ok(id)).join(""));
  world.emulator.advance(3_600_000);
  client.send([5, 6, 7, 8].map((id) => call(id, "a")).join(""));
  assert.match(client.got(), /^error 8 [^\n]*\n[^\n]*$/);
  assert.equal(world.errors("RateLimited"), 2);
  assert.equal(world.count("meltemi_rate_limited"), 2);
  assert.equal(world.count("meltemi_rate_limit_ok"), 6);
  client.lane("a").send([5, 6, 7].map((id) => ok(id)).join(""));
});

test("it fills all the time, exactly", async () => {
  const [worker] = await Worker.several(1, localRateLimit({ bucket: bucket(10, 7, 350) }));
  assert.equal(worker!.offer(20), 10);
  for (let i = 0; i < 1000; i++) {
    worker!.forward(49);
    assert.equal(worker!.offer(2), 0, `after ${i} tokens and 49 ms`);
    worker!.forward(1);
    assert.equal(worker!.offer(2), 1, `after ${i} tokens and 50 ms`);
  }
});

describe("two workers with one bucket", () => {
  for (const [most, rate] of [[10, 50], [100, 1000], [5000, 5000], [20, 5000]] as const) {
    test(`${rate} in a second, up to ${most} at once: within 5 %`, async () => {
      const workers = await Worker.several(2, localRateLimit({ bucket: bucket(most, rate) }));
      const each = Math.ceil(rate / 500), seconds = Math.max(5, Math.min(20, 20_000 / rate));
      let passed = 0;
      for (let ms = 0; ms < seconds * 1000; ms += 2) {
        for (const worker of workers) {
          worker.forward(2);
          passed += worker.offer(each + (ms % 3));
        }
      }
      near(passed, most + seconds * rate, 5);
      assert.ok(passed <= most + seconds * rate, `${passed} of ${most + seconds * rate}`);
    });
  }

  test("all the work on one of them: it gets the rate", async () => {
    const [one, other] = await Worker.several(2, localRateLimit({ bucket: bucket(1000) }));
    assert.equal(one!.offer(1) + other!.offer(1), 2);
    let passed = 0;
    for (let ms = 0; ms < 10_000; ms += 5) {
      one!.forward(5);
      other!.forward(5);
      passed += one!.offer(10);
    }
    near(passed, 11_000, 5);
  });

  test("after idle, the burst of both together is the bucket", async () => {
    const workers = await Worker.several(2, localRateLimit({ bucket: bucket(1000) }));
    for (let round = 0; round < 20; round++) {
      let passed = 0;
      for (const worker of workers) worker.forward(round % 2 ? 60_000 : 1700);
      for (const worker of workers) passed += worker.offer(3);
      for (let i = 0; i < 10; i++) for (const worker of workers) passed += worker.offer(200);
      near(passed, 1000, 5);
      assert.ok(passed <= 1000, `${passed} at once`);
    }
  });

  test("tokens of a worker that is gone come back", async () => {
    const shared = new Shared(), config = localRateLimit({ bucket: bucket(320, 320, 1000) });
    const one = await Worker.start(config, shared), other = await Worker.start(config, shared);
    assert.equal(one.offer(1), 1);
    one.forward(10_000);
    other.forward(10_000);
    assert.equal(other.offer(1000), 320);
  });
});

test("few requests make a host call", async () => {
  const [worker] = await Worker.several(1, localRateLimit({ bucket: bucket(50_000) }));
  worker!.offer(10);
  worker!.world.emulator.resetCalls();
  let passed = 0;
  for (let ms = 0; ms < 1000; ms += 10) {
    worker!.forward(10);
    passed += worker!.offer(500);
  }
  const calls = worker!.world.emulator.hostCalls("proxy_set_shared_data");
  assert.equal(passed, 50_000);
  assert.ok(calls < passed / 50, `${calls} for ${passed} requests`);
  // All that is refused until the next token costs one.
  const [full] = await Worker.several(1, localRateLimit({ bucket: bucket(1) }));
  full!.offer(2);
  full!.world.emulator.resetCalls();
  assert.equal(full!.offer(5000), 0);
  assert.ok(full!.world.emulator.hostCalls("proxy_set_shared_data") <= 1);
});

test("the clock is set back: the bucket goes on filling", async () => {
  const [worker] = await Worker.several(1, localRateLimit({ bucket: bucket(10) }));
  assert.equal(worker!.offer(20), 10);
  worker!.world.emulator.clock.forward(-3_600_000);
  worker!.forward(0);
  assert.equal(worker!.offer(20), 0);
  worker!.forward(1000);
  assert.equal(worker!.offer(20), 10);
});

describe("rules", () => {
  const config = localRateLimit({
    bucket: bucket(10),
    rules: [{ name: "writes", match: is("kind", "write"), bucket: bucket(2) }, { name: "reads", match: is("kind", "read"), bucket: bucket(20) }],
  });

  test("the first that matches takes the place of the service's", async () => {
    const [worker] = await Worker.several(1, config);
    assert.equal(worker!.offer(30, " kind=write"), 2);
    assert.equal(worker!.offer(30, " kind=read"), 20);
    assert.equal(worker!.offer(30), 10);
  });

  test("what cannot be read, or has several values, counts in all that it may be of", async () => {
    const [worker] = await Worker.several(1, config);
    assert.equal(worker!.offer(30, " kind=?"), 2);
    assert.equal(worker!.offer(30), 8);
    const [other] = await Worker.several(1, config);
    assert.equal(other!.offer(30, " kind=read kind=write"), 2);
  });

  test("who is refused by one bucket has taken from none", async () => {
    const [worker] = await Worker.several(1, localRateLimit({ bucket: bucket(100), keys: [{ key: "user", bucket: bucket(1) }] }));
    assert.equal(worker!.offer(50, " user=ann"), 1);
    assert.equal(worker!.offer(200), 99);
  });

  test("without a match, without a bucket for the rest: no limit", async () => {
    const [worker] = await Worker.several(1, localRateLimit({ rules: [{ name: "writes", match: is("kind", "write"), bucket: bucket(2) }] }));
    assert.equal(worker!.offer(1000), 1000);
  });
});

describe("values of a key", () => {
  const perUser = (max: number, maxValues: number, fillMs = 1000): Config => localRateLimit({ keys: [{ key: "user", bucket: bucket(max, max, fillMs), maxValues }] });

  test("each has its bucket, whoever lacks the key has no limit, those that cannot be read share one", async () => {
    const [worker] = await Worker.several(1, perUser(3, 100));
    for (const user of ["ann", "bob", "x".repeat(3000)]) assert.equal(worker!.offer(10, ` user=${user}`), 3);
    assert.equal(worker!.offer(100), 100);
    assert.equal(worker!.offer(10, " user=?"), 3);
  });

  test("several values: a token of each, or of none", async () => {
    const [worker] = await Worker.several(1, perUser(3, 100));
    assert.equal(worker!.offer(2, " user=ann user=bob"), 2);
    assert.equal(worker!.offer(2, " user=ann"), 1);
    assert.equal(worker!.offer(5, " user=bob user=ann"), 0);
    assert.equal(worker!.offer(5, " user=bob"), 1);
  });

  test("two workers, 100 users: within 5 % for each", async () => {
    const workers = await Worker.several(2, perUser(50, 1000));
    const passed = new Map<number, number>();
    for (let ms = 0; ms < 2000; ms += 100) {
      for (const worker of workers) {
        worker.forward(100);
        for (let user = 0; user < 100; user++) passed.set(user, (passed.get(user) ?? 0) + worker.offer(10, ` user=u${user}`));
      }
    }
    for (const [user, count] of passed) assert.ok(count >= 143 && count <= 150, `u${user}: ${count}`);
  });

  test("more values than there is room for: none gets more than its due", async () => {
    const [worker] = await Worker.several(1, perUser(5, 16, 10_000));
    const passed = new Map<number, number>();
    for (let round = 0; round < 50; round++) {
      for (let user = 0; user < 40; user++) passed.set(user, (passed.get(user) ?? 0) + worker!.offer(1, ` user=u${user}`));
      worker!.forward(100);
    }
    for (const [user, count] of passed) assert.ok(count <= 5 + 3, `u${user}: ${count}`);
    worker!.forward(20_000);
    assert.equal(worker!.offer(10, " user=new"), 5);
    assert.ok(worker!.world.count("meltemi_rate_limit_evicted") > 100);
  });

  test("100,000 values: memory stays as it is", async () => {
    const shared = new Shared(), worker = await Worker.start(perUser(5, 1000), shared);
    const names = new Set<string>(), set = shared.set.bind(shared);
    shared.set = (vm, key, value, cas) => {
      names.add(key);
      return set(vm, key, value, cas);
    };
    const offer = (from: number): void => {
      for (let i = 0; i < 20_000; i += 500) worker.offer(1, Array.from({ length: 50 }, (_, n) => ` user=v${from + i + n}`).join(""));
    };
    offer(0);
    const before = worker.world.emulator.memoryBytes();
    for (let round = 1; round <= 50; round++) offer(round * 20_000);
    assert.equal(worker.world.emulator.memoryBytes(), before);
    assert.ok(names.size <= 125, `${names.size} names`);
  });
});

test("dry run: all pass, those over the limit are counted", async () => {
  const [worker] = await Worker.several(1, localRateLimit({ bucket: bucket(3), dryRun: true }));
  assert.equal(worker!.offer(10), 10);
  assert.equal(worker!.world.count("meltemi_rate_limited"), 7);
});

test("an update of the configuration: the bucket is what it was", async () => {
  const shared = new Shared(), config = localRateLimit({ bucket: bucket(10) });
  assert.equal((await Worker.start(config, shared)).offer(20), 10);
  assert.equal((await Worker.start({ ...config, defaultCluster: "b" }, shared)).offer(20), 0);
});

for (const [config, says] of [
  [{}, "filters[0].config: missing, allowed: bucket, rules, keys"],
  [{ bucket: { max: 0, tokensPerFill: 1, fillMs: 1 } }, "filters[0].config.bucket.max: found 0, allowed: a whole number of 1..16777216"],
  [{ bucket: { max: 1, tokensPerFill: 1 } }, "filters[0].config.bucket.fillMs: missing"],
  [{ bucket: { max: 1, tokensPerFill: 1, fillMs: 0 } }, "filters[0].config.bucket.fillMs: found 0"],
  [{ rules: [{ name: "a", bucket: bucket(1) }] }, "filters[0].config.rules[0].match: missing"],
  [{ rules: [0, 1].map(() => ({ name: "a", match: is("k", "v"), bucket: bucket(1) })) }, "filters[0].config.rules[1]: found a second limit a"],
  [{ rules: [{ name: "a", match: [[{ key: "k" }]], bucket: bucket(1) }] }, "filters[0].config.rules[0].match[0][0]: missing"],
  [{ keys: [{ key: "user", bucket: bucket(1), maxValues: 0 }] }, "filters[0].config.keys[0].maxValues: found 0"],
  [{ keys: [{ bucket: bucket(1) }] }, "filters[0].config.keys[0].key: missing"],
  [{ bucket: bucket(1), dry: true }, "filters[0].config.dry: found an unknown field, allowed: bucket, rules, keys, dryRun"],
] as const) {
  test(`refused: ${says}`, async () => {
    await assert.rejects(World.open(localRateLimit(config)), (error: Error) => error.message.includes(says) || assert.fail(error.message));
  });
}
