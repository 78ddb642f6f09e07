/** No page and no log tells a secret: neither of what is served nor what Envoys and filters say of it. */
import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";
import { envoyApi } from "../../harness/build/envoy-api.ts";
import { until } from "../../harness/tools/wait.ts";
import { Secret } from "../api/secret.ts";
import type { ProviderListener } from "../provider/provider.ts";
import { MODULES } from "../testdata/fixtures.ts";
import { EnvoyApi } from "../xds/api.ts";
import { SotwClient } from "../xds/testing/client.ts";
import { ControlPlane } from "./controlPlane.ts";
import { StatusServer } from "./http.ts";
import { Redacted } from "./redacted.ts";

let descriptors: Uint8Array;
before(async () => { descriptors = await envoyApi(); });
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const LISTENER = "127.0.0.1_7001", REDIS = "127.0.0.1_7002";
const marks = (round: number): Record<string, string> => Object.fromEntries(["token", "header", "password", "upstream"].map((what) => [what, `HUNTER-${round}-${what}-4815162342`]));
const collector = { host: "o.example", port: 4318 };

function mesh({ token, header, password, upstream }: Record<string, string>): string {
  const entry = (host: string, number: number, name: string) => ({ apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", metadata: { name: host }, spec: { hosts: [host], resolution: "STATIC", addresses: ["127.0.0.1"], ports: [{ number, name }], endpoints: [{ address: "10.0.0.1" }] } });
  return [
    entry("a.example", 7001, "tcp-dubbo"), entry("b.example", 7002, "tcp-redis"), entry("o.example", 4318, "tcp-thrift"),
    { apiVersion: "meltemi.io/v1alpha1", kind: "Policy", metadata: { name: "a" }, spec: { targetRef: { host: "a.example" }, token: { key: "attachment.token", tokens: [token] }, tracing: { otlp: { service: collector, headers: { authorization: header } } } } },
    { apiVersion: "redis.aeraki.io/v1alpha1", kind: "RedisService", metadata: { name: "b" }, spec: { host: ["b.example"], settings: { auth: { plain: { password } } } } },
    { apiVersion: "redis.aeraki.io/v1alpha1", kind: "RedisDestination", metadata: { name: "b" }, spec: { host: "b.example", trafficPolicy: { connectionPool: { redis: { auth: { plain: { password: upstream } } } } } } },
  ].map((each) => JSON.stringify(each)).join("\n---\n");
}

interface World { change(text: string): void; told(): Promise<string>; client(): SotwClient; plane: ControlPlane }

async function serve(): Promise<World> {
  const lines: string[] = [];
  let listener: ProviderListener | undefined;
  const provider = { name: "test", start: (given: ProviderListener) => { listener = given; return Promise.resolve(); }, stop: () => Promise.resolve() };
  const plane = new ControlPlane({ providers: [provider], modules: MODULES, wasmOf: () => "meltemi.wasm", descriptors, log: (line) => lines.push(line) });
  const port = await plane.start("127.0.0.1:0"), pages = new StatusServer(plane), at = await pages.listen("127.0.0.1", 0);
  ends.push(() => plane.stop(), () => pages.stop());
  const page = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${at}${path}`)).text();
  return {
    plane, change: (text) => listener!.changed([{ file: "mesh.yaml", text }]),
    told: async () => [await page("/status"), await page("/debug"), await page(`/debug?listener=${LISTENER}&metadata=x%3D1`), await page("/metrics"), ...lines].join("\n"),
    client: () => {
      const client = new SotwClient(new EnvoyApi(descriptors), port, { id: "edge-1" });
      ends.push(() => client.close());
      return client;
    },
  };
}

const refusals = ({ plane }: World): number => Object.values(plane.xds.traffic).reduce((sum, { refused }) => sum + refused, 0);

test("what is served, and what Envoys refuse it with, tells no secret", async () => {
  const world = await serve(), secrets = marks(1);
  world.change(mesh(secrets));
  await until("it is served", 5000, () => world.plane.ir !== undefined || world.plane.refused !== undefined);
  assert.deepEqual([world.plane.refused?.problems ?? [], world.plane.warnings], [[], []]);
  assert.doesNotMatch(await world.told(), /HUNTER|4815162342/, "accepted");
  const filters = [world.client(), world.client()];
  for (const [i, name] of [LISTENER, REDIS].entries()) {
    filters[i]!.ask("tables", [name]);
    const heard = await filters[i]!.next(), sent = Buffer.from(heard.resources.get(name) as Uint8Array).toString();
    const mine = Object.values(secrets).filter((secret) => sent.includes(secret));
    assert.equal(mine.length, 2, "the filter gets them");
    filters[i]!.nack(heard, `filters[0].config: found "${mine[0]}" and ${mine[1]!.slice(0, 20)}..., allowed: text`);
  }
  await until("the refusals", 5000, () => refusals(world) === 2);
  const told = await world.told();
  assert.doesNotMatch(told, /HUNTER|4815162342/);
  assert.match(told, /filters\[0\]\.config: found \(hidden\) and \(hidden\) allowed: text/, "but the rest");
});

test("what was served before is a secret still", async () => {
  const world = await serve(), old = marks(1);
  world.change(mesh(old));
  await until("it is served", 5000, () => world.plane.ir !== undefined);
  const client = world.client();
  client.ask("tables", [LISTENER]);
  const heard = await client.next();
  world.change(mesh(marks(2)));
  await until("the change", 5000, () => world.plane.changes.applied === 2);
  client.nack(heard, `found ${old.token}`);
  await until("the refusal", 5000, () => refusals(world) === 1);
  assert.doesNotMatch(await world.told(), /HUNTER|4815162342/);
});

test("words that have a part of a secret are hidden, wherever it was cut, and no others", () => {
  const redacted = new Redacted({ a: [{ b: new Secret("correct horse battery staple") }], c: new Map([["d", new Secret("x")]]), e: new Secret("pass1"), none: null });
  const CASES: [string, string][] = [
    ["found correct horse battery staple.", "found (hidden)"], ['at 1:7: "correct hor..." is none', "at 1:7: (hidden) is none"],
    ["a horse, a battery", "a horse, a battery"], ["x", "x"], ['key="pass1", x', "(hidden) x"], ["pass", "pass"], ["", ""], ["\tpass1\n", "\t(hidden)\n"],
  ];
  for (const [text, shown] of CASES) assert.equal(redacted.text(text), shown, text);
  const many = new Redacted(Array.from({ length: 20_000 }, (_, i) => new Secret(`prefix-${i}-suffix`)));
  assert.equal(many.text(`${"prefix- ".repeat(3)}prefix-77-suffix`), `${"prefix- ".repeat(3)}(hidden)`);
});
