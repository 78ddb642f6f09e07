/** Dubbo inline, Java and Go: the first call chooses the server, refused ones are answered in place of a heartbeat's answer. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { buildGuest } from "../../harness/build/all.ts";
import { type DubboClient, type JavaServer, startGoClient, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { startTap, type Tap, type TappedFrame } from "../../harness/peers/dubbo/tap.ts";
import { until } from "../../harness/tools/wait.ts";
import { inlineEntry, ordinary } from "./inline.ts";
import { type Mesh, startMesh } from "./mesh.ts";

let wasm: string;
const TOKEN = "open sesame";
const HOSTS = ["routed", "guarded", "ordinary", "idle"] as const;
const DEMO = { interface: "org.meltemi.demo.Demo" };

let servers: JavaServer[], taps: Record<"front" | "back", Tap>, mesh: Mesh;
const ports: Record<string, number> = {};
const clients: Record<string, DubboClient> = {};
/** Calls that the filter has denied. */
let denials = 0;

before(async () => {
  const built = buildGuest("tests/guests/tokenfilter.ts");
  servers = await Promise.all([startJavaServer({ name: "v1", threads: 1200 }), startJavaServer({ name: "v2" }), startJavaServer({ name: "idle", heartbeatMs: 500 })]);
  const [v1, v2, idle] = servers.map(({ port }) => port) as [number, number, number];
  const back = await startTap(idle);
  wasm = await built;
  const subsets = ["v1", "v2"].map((version) => ({ name: version, labels: { version } }));
  const to = (subset: string): object[] => [{ destination: { host: "routed.example", subset } }];
  mesh = await startMesh([
    inlineEntry("routed.example", "tcp-dubbo-routed", [[v1, { version: "v1" }], [v2, { version: "v2" }]], DEMO),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name: "routed" }, spec: { host: "routed.example", subsets } }),
    JSON.stringify({ apiVersion: "networking.istio.io/v1", kind: "VirtualService", metadata: { name: "routed" }, spec: { hosts: ["routed.example"], http: [
      { match: [{ headers: { user: { exact: "test" }, method: { exact: "slow" } } }], route: to("v2"), timeout: "0.5s" },
      { match: [{ headers: { user: { exact: "test" } } }], route: to("v2"), headers: { request: { set: { tracing: "100" } } } },
      { match: [{ headers: { user: { exact: "nobody" } } }], route: [{ destination: { host: "idle.example" } }] }, { route: to("v1") },
    ] } }),
    ...(["guarded", "ordinary"] as const).map((name) => inlineEntry(`${name}.example`, `tcp-dubbo-${name}`, [[v1]], DEMO)),
    inlineEntry("idle.example", "tcp-dubbo-idle", [[back.port]], DEMO),
  ].join("\n---\n"), { wasm, ...ordinary("ordinary.example", guard) });
  for (const [listener, { port }] of await mesh.envoy.listeners()) ports[HOSTS.find((name) => listener.includes(name))!] = port;
  taps = { front: await startTap(ports.idle!), back };
  const wanted: [string, typeof startJavaClient, number, number?][] = [
    ["java routed", startJavaClient, ports.routed!], ["go routed", startGoClient, ports.routed!], ["go other", startGoClient, ports.routed!],
    ["java guarded", startJavaClient, ports.guarded!], ["go guarded", startGoClient, ports.guarded!],
    ["java ordinary", startJavaClient, ports.ordinary!], ["go ordinary", startGoClient, ports.ordinary!], ["java idle", startJavaClient, taps.front.port, 500],
  ];
  await Promise.all(wanted.map(async ([name, start, port, heartbeatMs]) => (clients[name] = await start({ port, heartbeatMs }))));
});

after(async () => {
  await Promise.allSettled([...Object.values(clients).map((client) => client.stop()), mesh?.envoy.stop()]);
  await Promise.allSettled([...Object.values(taps ?? {}).map((tap) => tap.stop()), ...(servers ?? []).map((server) => server.stop("SIGKILL"))]);
});

function guard(configuration: Record<string, unknown>): Record<string, unknown> {
  const isGuarded = configuration.service === "guarded.example" || configuration.service === "ordinary.example";
  return isGuarded ? { ...configuration, filters: [{ name: "knock", config: { key: "token", token: TOKEN } }] } : configuration;
}

const attached = (value: unknown): Record<string, string> => JSON.parse(String(value)) as Record<string, string>;

describe("routes", () => {
  for (const language of ["java", "go"]) {
    test(`${language}: the first call's attachment chooses the server, and the route's changes are made; what leads elsewhere is refused, and the connection goes on`, async () => {
      const client = clients[`${language} routed`]!;
      const first = await client.call({ method: "whoami", attachments: { user: "test" } });
      assert.equal(first.value, "v2", `${first.error}\n${mesh.envoy.log()}`);
      assert.equal(attached((await client.call({ method: "attachments", attachments: { user: "test" } })).value).tracing, "100");
      for (const attachments of [{ user: "other" }, { user: "nobody" }, undefined]) {
        const refused = await client.call({ method: "whoami", attachments });
        assert.equal(refused.ok, false);
        assert.match(String(refused.error), /leads to another cluster than its connection/);
        assert.equal((await client.call({ method: "whoami", attachments: { user: "test" } })).value, "v2");
      }
    });
  }

  test("java: a call that takes longer than its route allows: an error in time, and its late answer is nobody's", async () => {
    const client = clients["java routed"]!, attachments = { user: "test" }, start = Date.now();
    const [late, inTime] = await Promise.all([4000, 1].map((ms) => client.call({ method: "slow", args: [ms, "tag"], attachments })));
    assert.equal(inTime!.ok, true, inTime!.error);
    assert.equal(late!.ok, false);
    assert.match(String(late!.error), /no answer in time/);
    assert.ok(Date.now() - start < 3500, "it came before the answer");
    assert.equal((await client.call({ method: "whoami", attachments })).value, "v2");
  });

  test("another connection, another first call, another server", async () => {
    assert.equal((await clients["go other"]!.call({ method: "whoami" })).value, "v1");
    assert.match(String((await clients["go other"]!.call({ method: "whoami", attachments: { user: "test" } })).error), /another cluster/);
  });

  test("java: 4,000 calls of which every fourth is refused: none lost, none answered twice", async () => {
    const calls = ["test", "test", "test", "other"].map((user) => ({ method: "hello", args: ["{n}"], attachments: { user } }));
    const { results, errors } = await clients["java routed"]!.many({ count: 4000, concurrency: 64, calls });
    assert.equal(Object.values(results).reduce((sum, n) => sum + n, 0), 3000, JSON.stringify(results));
    // the peer puts {n} in place of its number, which may be that of the server
    for (const value of Object.keys(results)) assert.match(value, /^hello \{n\} from v(2|\{n\})$/);
    assert.deepEqual(Object.values(errors), [1000], JSON.stringify(errors));
    assert.match(Object.keys(errors)[0]!, /another cluster/);
  });
});

for (const kind of ["guarded", "ordinary"]) {
  describe(`a filter's denial, ${kind === "ordinary" ? "in front of an ordinary tcp_proxy" : "inline"}`, () => {
    const attachments = { token: TOKEN };

    for (const language of ["java", "go"]) {
      test(`${language}: who knows the token is served; who does not is told so, and the connection lasts`, async () => {
        const client = clients[`${language} ${kind}`]!;
        assert.deepEqual(await client.call({ method: "hello", args: ["x"], attachments }).then(({ value, error }) => value ?? error), "hello x from v1");
        for (let n = 0; n < 3; n++) {
          const denied = await client.call({ method: "hello", args: ["x"], attachments: { token: "wrong" }, retries: language === "java" ? 2 : 0 });
          denials++;
          assert.equal(denied.ok, false);
          assert.match(String(denied.error), /the token is missing or wrong/);
          if (language === "java") assert.match(String(denied.class), /RpcException$/);
          assert.equal((await client.call({ method: "whoami", attachments })).value, "v1");
        }
      });
    }

    test("java: values, null, what is thrown, generic and one-way calls, 1,000 in flight", async () => {
      const client = clients[`java ${kind}`]!;
      assert.equal((await client.call({ method: "nothing", attachments })).value, null);
      assert.equal((await client.call({ method: "echo", args: [{ a: 1, self: true }], attachments })).ok, true);
      assert.match(String((await client.call({ method: "boom", args: ["on purpose"], attachments })).error), /on purpose/);
      assert.equal((await client.call({ method: "hello", args: ["x"], generic: true, attachments })).value, "hello x from v1");
      const hellos = async (): Promise<number> => Number((await client.call({ method: "calls", args: ["hello"], attachments })).value), before = await hellos();
      assert.equal((await client.call({ method: "hello", args: ["x"], oneway: true, attachments })).ok, true);
      assert.equal((await client.call({ method: "hello", args: ["x"], oneway: true })).ok, true);
      denials++;
      await until("the one with a token is counted", 5000, async () => (await hellos()) === before + 1);
      const { results, errors } = await client.many({ count: 2000, concurrency: 1000, timeout: 30_000, calls: [{ method: "slow", args: [100, "tag-{n}"], attachments }] });
      assert.deepEqual(errors, {});
      assert.equal(Object.values(results).reduce((sum, n) => sum + n, 0), 2000);
    });
  });
}

describe("signs of life", () => {
  const EVENT = 0x20, REQUEST = 0x80, NULL = "4e", OWN = "bea70000";
  const events = (tap: Tap, direction: TappedFrame["direction"]): TappedFrame[] => tap.frames.filter((frame) => frame.direction === direction && (frame.bytes[2]! & EVENT) !== 0);

  test("of client and server are the codec's own on the way, and are answered; the connection lasts", async () => {
    const java = clients["java idle"]!;
    assert.equal((await java.call({ method: "whoami" })).value, "idle");
    await until("there were many, for longer than both sides' idle time", 20_000, () => events(taps.back, "request").length >= 6 && events(taps.back, "response").length >= 6);
    assert.equal((await java.call({ method: "whoami" })).value, "idle");
    assert.equal(taps.back.connections(), 1);
    const asks = ({ bytes }: TappedFrame): boolean => (bytes[2]! & REQUEST) !== 0, id = ({ bytes }: TappedFrame): string => bytes.subarray(4, 12).toString("hex");
    const toServer = events(taps.back, "request").filter(asks), toClient = events(taps.front, "response");
    assert.ok(toServer.length >= 2 && toServer.every((event) => id(event).startsWith(OWN) && event.bytes.subarray(16).toString("hex") === NULL));
    const asked = new Set(events(taps.front, "request").filter(asks).map(id));
    assert.ok(toClient.length >= 2 && toClient.every((event) => asked.has(id(event)) && event.bytes.subarray(16).toString("hex") === NULL));
  });
});

test("each denial was one, whatever Java's Failover would do; each client had one connection all the time", async () => {
  await until("all are counted", 10_000, async () => (await mesh.count("meltemi_errors.*Denied")) >= denials);
  assert.equal(await mesh.count("meltemi_errors.*Denied"), denials);
  assert.equal(await mesh.count("meltemi_connections"), Object.keys(clients).length);
});

test("no reply was late, unknown or second; nothing was unreadable; no VM has died", async () => {
  for (const metric of ["meltemi_unknown_replies", "meltemi_bad_requests", "meltemi_bad_replies", "meltemi_cut_answers"]) {
    assert.equal(await mesh.count(metric), 0, metric);
  }
  assert.doesNotMatch(mesh.envoy.log(), /abort:|Uncaught|Function: proxy_on/);
});
