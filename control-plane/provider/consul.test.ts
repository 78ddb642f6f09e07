/** Against answers as Consul documents them (HTTP API: catalog, health, blocking queries): no package registry here had the server. */
import assert from "node:assert/strict";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { until } from "../../harness/tools/wait.ts";
import { serviceRecord } from "./consul.ts";
import type { Provider } from "./provider.ts";
import { registryProvider } from "./registry.ts";
import { listen, type Listening } from "./testing/listening.ts";

const DEMO = "org.x.Demo", HOST = "org.x.demo";

/** Holds services, and answers a blocking query when its index is no longer the newest. */
class ConsulStandIn {
  readonly services = new Map<string, object[]>();
  token = "";
  private index = 10;
  private waiting: (() => void)[] = [];
  private server: Server | undefined;
  port = 0;

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url!, "http://x");
      this.token = String(request.headers["x-consul-token"]);
      const answer = (): void => this.answer(pathname, response);
      if (Number(searchParams.get("index")) < this.index) answer();
      else this.waiting.push(answer);
    });
    await new Promise<void>((resolve) => this.server!.listen(this.port, "127.0.0.1", resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    this.waiting = [];
    this.server?.close();
    this.server?.closeAllConnections();
  }

  set(name: string, entries: object[]): void {
    this.services.set(name, entries);
    this.index++;
    for (const answer of this.waiting.splice(0)) answer();
  }

  private answer(path: string, response: ServerResponse): void {
    const tags = Object.fromEntries([...this.services.keys()].map((name) => [name, ["dubbo", "weight=30"]]));
    const body = path === "/v1/catalog/services" ? { consul: [], web: ["http"], ...tags } : this.services.get(decodeURIComponent(path.replace("/v1/health/service/", ""))) ?? [];
    response.writeHead(200, { "content-type": "application/json", "x-consul-index": String(this.index) }).end(JSON.stringify(body));
  }
}

let consul: ConsulStandIn, provider: Provider, told: Listening;

before(async () => {
  consul = new ConsulStandIn();
  await consul.start();
  provider = registryProvider(`consul://:s3cret@127.0.0.1:${consul.port}`);
  told = await listen(provider);
});

after(async () => {
  await provider?.stop();
  consul?.stop();
});

/** As Dubbo's registry for Consul registers: its URL in the meta, its parameters as tags too. */
const entry = (port: number) => ({
  Node: { Node: "n1", Address: "10.9.9.9" },
  Service: { ID: `${port}`, Service: DEMO, Tags: ["dubbo"], Address: "10.0.0.1", Port: port, Meta: { url: `dubbo://10.0.0.1:${port}/${DEMO}?interface=${DEMO}&weight=30` } },
  Checks: [{ Status: "passing" }],
});

test("a service that is registered, changes or leaves shows within a second, and the last one empties it", async () => {
  const times: number[] = [];
  for (const ports of [[1], [1, 2], [1, 2, 3], [3], []]) {
    consul.set(DEMO, ports.map(entry));
    times.push(await told.has(HOST, ports.map((port) => `10.0.0.1:${port}`)));
  }
  const slow = times.filter((ms) => ms > 1000);
  assert.ok(slow.length <= 1, `${times.join(" ")} ms`);
  assert.equal(consul.token, "s3cret");
});

test("without a URL in the meta the tags say what it is; the node's address stands in for its own", () => {
  const { registrations } = serviceRecord(DEMO, [{ Node: { Address: "10.9.9.9" }, Service: { Address: "", Port: 7, Tags: ["dubbo", "weight=30", "version=1.0.0"], Meta: null } }]);
  assert.deepEqual(registrations.map(({ address, port, parameters }) => [address, port, [...parameters]]), [["10.9.9.9", 7, [["weight", "30"], ["version", "1.0.0"]]]]);
});

test("what cannot be read is told once with its path, and harms no other", async () => {
  consul.set("*.com", []);
  consul.set(DEMO, [entry(1), entry(99_999), {}, { Service: { Address: "x", Port: "y", Meta: { url: 7 } } }]);
  await told.has(HOST, ["10.0.0.1:1"]);
  consul.set(DEMO, [entry(1), entry(2), entry(99_999)]);
  await told.has(HOST, ["10.0.0.1:1", "10.0.0.1:2"]);
  await until("both are told", 10_000, () => told.failures.some((text) => text.includes('"*.com"')) && told.failures.length > 1);
  assert.deepEqual(told.failures.filter((text) => text.includes("*")), ['consul:/: "*.com" is no name of an interface: skipped']);
  assert.equal(told.failures.filter((text) => text === `consul:/${DEMO}: "10.0.0.1" has no port of 1 to 65535: skipped`).length, 1, told.failures.join("\n"));
  consul.services.delete("*.com");
});

test("while Consul is away what it told last holds, and what changed meanwhile shows when it is back", async () => {
  const failures = told.failures.length;
  consul.stop();
  await until("the loss is told", 10_000, () => told.failures.length > failures);
  assert.deepEqual(told.endpoints(HOST), ["10.0.0.1:1", "10.0.0.1:2"]);
  await consul.start();
  consul.set(DEMO, [entry(5)]);
  await told.has(HOST, ["10.0.0.1:5"], 30_000);
});
