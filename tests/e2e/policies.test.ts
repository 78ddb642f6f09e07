/** The meshes of examples/policies, translated as they are and served by the real Envoy: each does what it says. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, test } from "node:test";
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import type { Frame } from "../../examples/awesomerpc/peer/protocol.ts";
import { AwesomeServer, type Handler } from "../../examples/awesomerpc/peer/server.ts";
import { until } from "../../harness/tools/wait.ts";
import { type Mesh, readText, startMesh } from "./mesh.ts";

const OK = 0, CALLER = 1, SERVER = 2;

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Says who it is and what it saw; for `do: fail` and who is broken, that it is the server's fault. */
const handler = (broken: boolean): Handler => (request, server) =>
  ({ status: broken || request.headers.some(([key, value]) => key === "do" && value === "fail") ? SERVER : OK, headers: [["server", server.name], ...request.headers] });

interface Stage { mesh: Mesh; client: AwesomeClient; servers: AwesomeServer[] }

/** An example with servers at the ports 7001 and on, and other words in the place of some. */
async function stage(name: string, broken: boolean[] = [false], words: Record<string, string> = {}): Promise<Stage> {
  const servers = await Promise.all(broken.map((each, i) => new AwesomeServer(`s${i + 1}`, handler(each)).start()));
  const all: Record<string, string> = { 7000: "0", ...Object.fromEntries(servers.map(({ port }, i) => [7001 + i, String(port)])), ...words };
  const mesh = await startMesh(readText("examples/policies", `${name}.yaml`).replace(/\b(700\d|4318|200ms)\b/g, (word) => all[word] ?? word));
  const client = await AwesomeClient.connect(mesh.ports[0]!);
  ends.push(() => Promise.all(servers.map((server) => server.stop())), () => mesh.envoy.stop(), () => client.close());
  return { mesh, client, servers };
}

const times = async (n: number, call: () => Promise<Frame>): Promise<Frame[]> => {
  const answers: Frame[] = [];
  for (let i = 0; i < n; i++) answers.push(await call());
  return answers;
};
const header = (frame: Frame, key: string): string | undefined => frame.headers.find(([name]) => name === key)?.[1];

test("faults: a share waits, others get the protocol's own error", async () => {
  // so long that a busy machine is never taken for a fault
  const { client, servers } = await stage("faults", [false], { "200ms": "3s" });
  assert.equal((await client.call()).status, OK);
  const began = Date.now(), waited: number[] = [];
  await Promise.all(Array.from({ length: 400 }, () => client.call({ user: "slow" }).then(() => waited.push(Date.now() - began))));
  const late = waited.filter((ms) => ms >= 3000).length;
  assert.ok(late > 140 && late < 260, `${late} of 400 were late`);
  const seen = servers[0]!.requests, broken = await client.call({ user: "broken" });
  assert.deepEqual([broken.status, broken.body.toString(), servers[0]!.requests], [CALLER, "not today", seen]);
});

test("resilience: a failing server costs nobody an answer, and is left alone; copies go to a third", async () => {
  const { client, servers } = await stage("resilience", [true, false, false]);
  const answers = await times(40, () => client.call());
  assert.deepEqual([...new Set(answers.map((answer) => `${answer.status} ${header(answer, "server")}`))], [`${OK} s2`]);
  assert.equal(servers[0]!.requests, 3, "after three errors in a row it gets nothing more");
  assert.equal(servers[2]!.requests, 0);
  for (const answer of await times(10, () => client.call({ user: "copied" }))) assert.equal(header(answer, "server"), "s2");
  await until("all are copied", 5000, () => servers[2]!.requests === 10);
});

test("limits: for all, for each user, and for guests", async () => {
  const { client } = await stage("limits");
  const statuses = async (n: number, user: string): Promise<number[]> => (await times(n, () => client.call({ user }))).map(({ status }) => status);
  assert.deepEqual(await statuses(2, "guest"), [OK, SERVER]);
  assert.deepEqual(await statuses(4, "ann"), [OK, OK, OK, SERVER]);
  // the one of ann that her own limit refused had counted in that for all
  assert.deepEqual(await statuses(3, "bob"), [OK, SERVER, SERVER]);
});

test("access: the key, the rule that denies, and the server that sees no key", async () => {
  const { client, mesh } = await stage("access");
  const key = { "api-key": "example-api-key" };
  const good = await client.call({ ...key, method: "list" });
  assert.deepEqual([good.status, header(good, "api-key"), header(good, "method")], [OK, undefined, "list"]);
  for (const headers of [{ method: "list" }, { "api-key": "example-api-kez" }, { ...key, method: "drop-all" }]) {
    assert.equal((await client.call(headers as Record<string, string>)).status, SERVER, JSON.stringify(headers));
  }
  assert.doesNotMatch(mesh.envoy.log(), /example-api-key/);
});

test("telemetry: metrics as Envoy's, lines and spans at the collector", async () => {
  const got: Record<string, Buffer[]> = {};
  const collector = createServer((request, response) => {
    request.on("data", (chunk: Buffer) => (got[request.url!] ??= []).push(chunk)).on("end", () => response.end());
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  ends.push(() => new Promise((resolve) => collector.close(resolve)));
  const { client, mesh } = await stage("telemetry", [false], { 4318: String((collector.address() as AddressInfo).port) });
  const answers = await times(20, () => client.call({ method: "list", user: "ann" }));
  assert.match(String(header(answers[0]!, "traceparent")), /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[13]$/);
  await until("the collector has all lines, and spans", 10_000, () => {
    const lines = Buffer.concat(got["/v1/logs"] ?? []).toString("latin1").match(/greeter\.example list of ann at 127\.0\.0\.1:\d+ took \d+ ms, \d+ bytes, flags -/g) ?? [];
    return lines.length === 20 && (got["/v1/traces"] ?? []).length > 0;
  });
  await until("Envoy has counted", 10_000, async () => (await mesh.count("istio_requests_total")) === 20);
});
