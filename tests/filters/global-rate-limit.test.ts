/** Questions to a rate limit service on the emulator: what is asked, what its answers do, and what happens without them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { GrpcCall } from "../../harness/emulator/index.ts";
import { call, type Config, ok, World } from "../framework/world.ts";

const OK = Buffer.from("0801", "hex"), OVER_LIMIT = Buffer.from("0802", "hex");
const byUser = [[{ descriptorKey: "user", property: "user" }]];

const limited = (config: Config = {}, more: Config = {}): Config => ({
  filters: [{ name: "globalRateLimit", config: { domain: "demo", rateLimitService: "limits", descriptors: byUser, ...config } }], service: "shop", ...more,
});
const user = (id: number, more = " user=ann"): string => call(id, "a", "", more);

/** The questions that wait for an answer. */
const asked = (world: World): GrpcCall[] => world.emulator.calls.grpc;

/** Answers the oldest question. */
function answer(world: World, bytes: Buffer): void {
  world.emulator.calls.receiveGrpc(asked(world).shift()!, bytes);
  world.emulator.drainQueues();
}

/** A protobuf message as its fields in order; bytes as they are. */
function fields(bytes: Buffer): [number, Buffer | number][] {
  const all: [number, Buffer | number][] = [];
  let at = 0;
  const varint = (): number => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint(), value = varint();
    all.push([tag >> 3, tag & 7 ? bytes.subarray(at, at += value) : value]);
  }
  return all;
}

/** The descriptors of a question, `key=value` for each entry. */
function descriptors(question: GrpcCall): string[] {
  return fields(question.sent[0]!).filter(([field]) => field === 2).map(([, descriptor]) => fields(descriptor as Buffer)
    .map(([, entry]) => fields(entry as Buffer).map(([, text]) => String(text)).join("=")).join(" "));
}

test("one question for a request: cluster, method, time, domain and hits", async () => {
  const world = await World.open(limited({ timeoutMs: 70 })), client = world.client().send(user(1));
  const [question] = asked(world);
  assert.equal(question!.cluster, "limits");
  assert.equal(`${question!.service}/${question!.method}`, "envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit");
  assert.equal(question!.timeoutMs, 70);
  assert.deepEqual(fields(question!.sent[0]!).filter(([field]) => field !== 2).map(([field, value]) => [field, String(value)]), [[1, "demo"], [3, "1"]]);
  assert.deepEqual(descriptors(question!), ["user=ann"]);
  assert.equal(client.lanes("a").length, 0);
  answer(world, OK);
  assert.equal(client.at("a"), user(1));
  client.lane("a").send(ok(1));
  assert.equal(client.got(), ok(1));
  assert.equal(world.count("meltemi_global_rate_limit_ok"), 1);
});

test("over the limit: the protocol's error, and the connection goes on", async () => {
  const world = await World.open(limited()), client = world.client().send(user(1) + user(2) + call(3, "b"));
  answer(world, OVER_LIMIT);
  assert.match(client.got(), /^error 1 \d+ reason=RateLimited code=0\ntoo many requests: global limit$/);
  answer(world, OK);
  assert.equal(client.at("a"), user(2));
  assert.equal(client.at("b"), call(3, "b"));
  assert.equal(world.errors("RateLimited"), 1);
  assert.equal(world.count("meltemi_global_rate_limit_over_limit"), 1);
  client.lane("a").send(ok(2));
  client.lane("b").send(ok(3));
});

describe("descriptors", () => {
  const property = (descriptorKey: string, name = descriptorKey): Config => ({ descriptorKey, property: name });
  const all = [
    [{ descriptorKey: "generic_key", value: "everyone" }], [property("user"), property("kind", "verb")], [property("user"), property("tenant")],
    [{ descriptorKey: "route", from: "route" }, { descriptorKey: "service", from: "service" }, property("user")],
  ];
  const questions = async (config: Config, requests: string): Promise<string[][]> => {
    const world = await World.open(config);
    world.client().send(requests);
    const found = asked(world).map(descriptors);
    while (asked(world).length > 0) answer(world, OVER_LIMIT);
    return found;
  };
  const named = { routes: [{ name: "first", match: [[{ key: "to", exact: "a" }]], cluster: "a" }] };

  test("combined entries; a descriptor whose key is lacking is not sent", async () => {
    assert.deepEqual(await questions(limited({ descriptors: all }, named), user(1) + user(2, "") + user(3, " user=ann tenant=t")), [
      ["generic_key=everyone", "user=ann kind=call", "route=first service=shop user=ann"],
      ["generic_key=everyone"],
      ["generic_key=everyone", "user=ann kind=call", "user=ann tenant=t", "route=first service=shop user=ann"],
    ]);
  });

  test("nothing to ask: nobody is asked", async () => {
    const world = await World.open(limited()), client = world.client().send(user(1, "") + user(2, " user="));
    assert.equal(client.at("a"), user(1, "") + user(2, " user="));
    assert.equal(asked(world).length, 0);
    client.lane("a").send(ok(1) + ok(2));
  });

  test("several values: one descriptor for each combination, 64 at most", async () => {
    const config = limited({ descriptors: [[property("user"), property("tenant")]] });
    assert.deepEqual(await questions(config, user(1, " user=a user=b tenant=s tenant=t")), [["user=a tenant=s", "user=a tenant=t", "user=b tenant=s", "user=b tenant=t"]]);
    const many = (count: number): string => Array.from({ length: count }, (_, i) => ` user=u${i}`).join("");
    const world = await World.open(limited()), client = world.client().send(user(1, many(65)));
    assert.match(client.got(), /RateLimited.*\ntoo many values/);
    client.send(user(2, many(64)));
    assert.equal(descriptors(asked(world)[0]!).length, 64);
    answer(world, OVER_LIMIT);
  });

  test("bytes that are no UTF-8 are replaced, as in Envoy", async () => {
    const world = await World.open(limited());
    world.client().send(Buffer.from(user(1, " user=a\xffb\xc3"), "latin1"));
    assert.deepEqual(descriptors(asked(world)[0]!), ["user=a!b!"]);
    answer(world, OVER_LIMIT);
  });
});

for (const denyOnFail of [false, true]) {
  describe(denyOnFail ? "without an answer, closed" : "without an answer, open", () => {
    const config = { denyOnFail };

    async function fails(world: World, client = world.client().send(user(1)), fail: () => void = () => undefined): Promise<void> {
      fail();
      client.settle();
      if (denyOnFail) assert.match(client.got(), /^error 1 \d+ reason=RateLimited code=0\nthe rate limit service is not available$/);
      else {
        assert.equal(client.at("a"), user(1));
        client.lane("a").send(ok(1));
        assert.equal(client.got(), ok(1));
      }
      assert.equal(world.count("meltemi_global_rate_limit_error"), 1);
      assert.equal(world.count("meltemi_global_rate_limit_failure_mode_allowed"), denyOnFail ? 0 : 1);
    }

    for (const [name, status] of [["too late", 4], ["not to be reached", 14], ["an error of its own", 2]] as const) {
      test(`the service is ${name}`, async () => {
        const world = await World.open(limited(config)), client = world.client().send(user(1));
        await fails(world, client, () => world.emulator.calls.closeGrpc(asked(world).shift()!, status, "no"));
      });
    }

    for (const [name, hex] of [["nothing", ""], ["code 0", "0800"], ["code 3", "0803"], ["a cut number", "08"], ["a wrong length", "0801127f00"], ["no message", "ffffffffffffffffffffff"], ["the code as text", "0a0101"]] as const) {
      test(`it answers ${name}`, async () => {
        const world = await World.open(limited(config)), client = world.client().send(user(1));
        await fails(world, client, () => answer(world, Buffer.from(hex, "hex")));
      });
    }

    test("an answer of a MiB", async () => {
      const world = await World.open(limited(config)), client = world.client().send(user(1));
      await fails(world, client, () => answer(world, Buffer.concat([OK, Buffer.from("2280804000", "hex").subarray(0, 4), Buffer.alloc(1 << 20)])));
    });

    test("its cluster does not exist", async () => {
      const world = await World.open(limited(config));
      world.emulator.calls.clusters = new Set(["a", "b", "c"]);
      await fails(world);
    });

    test("a key that cannot be read", async () => {
      const world = await World.open(limited(config)), client = world.client().send(user(1, " user=?"));
      assert.equal(asked(world).length, 0);
      if (denyOnFail) assert.match(client.got(), /RateLimited/);
      else client.lane("a").send(ok(1));
      assert.equal(world.count("meltemi_global_rate_limit_error"), 1);
    });

    test("more questions than may be open", async () => {
      const world = await World.open(limited({ ...config, maxCalls: 3 })), client = world.client().send([1, 2, 3, 4, 5].map((id) => user(id)).join(""));
      assert.equal(asked(world).length, 3);
      assert.equal(world.count("meltemi_global_rate_limit_error"), 2);
      if (denyOnFail) assert.match(client.got(), /^error 4 .*\n.*error 5 /);
      else assert.equal(client.at("a"), user(4) + user(5));
      while (asked(world).length > 0) answer(world, OVER_LIMIT);
      client.send(user(6));
      assert.equal(asked(world).length, 1);
      answer(world, OVER_LIMIT);
    });
  });
}

test("a client that goes while its request waits: nothing is left", async () => {
  const world = await World.open(limited({ maxCalls: 2 })), client = world.client().send(user(1) + user(2));
  client.connection.close();
  answer(world, OK);
  answer(world, OVER_LIMIT);
  world.client().send(user(3));
  assert.equal(asked(world).length, 1);
  answer(world, OVER_LIMIT);
});

test("100,000 questions: memory stays as it is", async () => {
  const world = await World.open(limited()), client = world.client();
  const round = (): void => {
    client.send(Array.from({ length: 100 }, (_, id) => user(id)).join(""));
    while (asked(world).length > 0) answer(world, OVER_LIMIT);
    client.got();
    world.emulator.tick();
  };
  for (let i = 0; i < 100; i++) round();
  const before = world.emulator.memoryBytes();
  for (let i = 0; i < 900; i++) round();
  assert.ok(world.emulator.memoryBytes() - before <= 1 << 20, `${world.emulator.memoryBytes() - before} more`);
});

for (const [config, says] of [
  [{ descriptors: [] }, "filters[0].config.descriptors: missing"],
  [{ domain: "" }, "filters[0].config.domain: found"],
  [{ rateLimitService: 7 }, "filters[0].config.rateLimitService: found 7, allowed: text"],
  [{ timeoutMs: 0 }, "filters[0].config.timeoutMs: found 0"],
  [{ descriptors: [[]] }, "filters[0].config.descriptors[0]: found an empty list"],
  [{ descriptors: [[{ descriptorKey: "k" }]] }, "filters[0].config.descriptors[0][0]: missing, allowed: exactly one of property, value, from"],
  [{ descriptors: [[{ descriptorKey: "k", from: "moon" }]] }, "filters[0].config.descriptors[0][0].from: found"],
  [{ descriptors: [{ descriptorKey: "k", value: "v" }] }, "filters[0].config.descriptors[0]: found an object, allowed: a list"],
  [{ deny: true }, "filters[0].config.deny: found an unknown field"],
] as const) {
  test(`refused: ${says}`, async () => {
    await assert.rejects(World.open(limited(config)), (error: Error) => error.message.includes(says) || assert.fail(error.message));
  });
}

test("a value that is empty makes nothing of all combinations of the others", async () => {
  const entry = (property: string): Config => ({ descriptorKey: property, property }), values = " u=a".repeat(500) + " v=b".repeat(500);
  const world = await World.open(limited({ descriptors: [[entry("u"), entry("v"), entry("w")]] })), client = world.client();
  const spent = (more: string): number => {
    const start = performance.now();
    for (let i = 0; i < 20; i++) assert.match(client.send(call(i + 1, "a", "", values + more)).at("a"), /w=/);
    return performance.now() - start;
  };
  assert.ok(spent(" w=") < 1000);
  assert.equal(asked(world).length, 0);
});
