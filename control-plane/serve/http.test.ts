/** Who gets the pages of the control plane, and what anybody can make it do. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { compile } from "../index.ts";
import { MODULES } from "../testdata/fixtures.ts";
import type { ControlPlane } from "./controlPlane.ts";
import { StatusServer, type StatusOptions } from "./http.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const MESH = [
  { apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", metadata: { name: "a" }, spec: { hosts: ["a.example"], resolution: "STATIC", addresses: ["127.0.0.1"], ports: [{ number: 7001, name: "tcp-thrift" }], endpoints: [{ address: "10.0.0.1" }] } },
  { apiVersion: "metaprotocol.aeraki.io/v1alpha1", kind: "MetaRouter", metadata: { name: "a" }, spec: { hosts: ["a.example"], routes: [{ name: "slow", match: { attributes: { user: { regex: "([a-z]+)+@example" } } }, route: [{ destination: { host: "a.example" } }] }] } },
];

/** As much of a control plane as pages are made of. */
function plane(): ControlPlane {
  const compiled = compile(MESH.map((each, i) => ({ file: `${i}`, text: JSON.stringify(each) })), MODULES);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  const traffic = { responses: 0, resources: 0, bytes: 0, accepted: 0, refused: 0 };
  const xds = { nodes: new Map(), ended: 0, traffic: Object.fromEntries(["clusters", "endpoints", "secrets", "listeners", "tables"].map((type) => [type, traffic])) };
  return { ir: compiled.ir, warnings: [], providers: [], changes: { applied: 1, refused: 0, unchanged: 0, lastAt: 0, seconds: 0 }, xds, traitsOf: () => undefined } as unknown as ControlPlane;
}

async function serve(options: StatusOptions = {}, of = plane()): Promise<number> {
  const server = new StatusServer(of, options), port = await server.listen("127.0.0.1", 0);
  ends.push(() => server.stop());
  return port;
}

function ask(port: number, path: string, headers: Record<string, string> = {}, method = "GET", body?: string): Promise<{ code: number; text: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: "127.0.0.1", path, method, headers, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => { text += chunk; }).on("end", () => resolve({ code: response.statusCode!, text, headers: response.headers }));
    });
    sent.on("error", reject).end(body);
  });
}

test("only a name of its own is answered, and no page of others", async () => {
  const port = await serve({ hosts: ["meltemi.meltemi-system.svc"] });
  const code = async (headers: Record<string, string>): Promise<number> => (await ask(port, "/status", headers)).code;
  for (const host of [`127.0.0.1:${port}`, "localhost", "LOCALHOST:1", "[::1]:80", "10.2.3.4", "meltemi.meltemi-system.svc:18080"]) assert.equal(await code({ host }), 200, host);
  for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1.evil.example", "localhost.evil.example", "a@127.0.0.1", "127.0.0.1:80:80", "x.meltemi.meltemi-system.svc"]) assert.equal(await code({ host }), 421, host);
  assert.equal(await code({ host: "localhost", origin: "http://localhost" }), 200);
  for (const origin of ["http://evil.example", "null", "https://localhost", "http://localhost:1"]) assert.equal(await code({ host: "localhost", origin }), 403, origin);
});

test("a token, where there is one, is asked for, and may be changed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "meltemi-")), tokenFile = join(folder, "token");
  ends.push(() => rmSync(folder, { recursive: true }));
  writeFileSync(tokenFile, "first\n");
  const port = await serve({ tokenFile });
  const code = async (path: string, authorization?: string): Promise<number> => (await ask(port, path, authorization === undefined ? {} : { authorization })).code;
  for (const path of ["/status", "/metrics", "/debug"]) {
    assert.equal(await code(path, "Bearer first"), 200);
    for (const wrong of [undefined, "", "Bearer", "Bearer ", "Bearer firs", "first", "Basic first", "bearer first2"]) assert.equal(await code(path, wrong), 401, wrong);
  }
  assert.equal(await code("/healthz"), 200, "a probe has no token, and learns nothing");
  writeFileSync(tokenFile, "second\n");
  assert.deepEqual([await code("/status", "Bearer first"), await code("/status", "Bearer second")], [401, 200]);
  writeFileSync(tokenFile, "");
  assert.equal(await code("/status", "Bearer "), 500, "an empty file lets nobody in");
  assert.throws(() => new StatusServer(plane(), { tokenFile }), /contains no token/);
});

test("pages that are not asked for are not there", async () => {
  const port = await serve({ pages: ["metrics"] });
  assert.deepEqual(await Promise.all(["/metrics", "/healthz", "/debug", "/status", "/", "/constructor", "/__proto__"].map(async (path) => (await ask(port, path)).code)), [200, 200, 404, 404, 404, 404, 404]);
});

test("a value on which an engine with backtracking works for ever is answered", async () => {
  const { code, text } = await ask(await serve(), `/debug?listener=a.example&metadata=user%3D${"a".repeat(10_000)}`);
  assert.equal(code, 200);
  assert.match(text, /No rule matches/);
  assert.match((await ask(await serve(), "/debug?listener=a.example&metadata=user%3Dabc%40example%0A__proto__%3D1")).text, /Rule <b id="rule">slow<\/b>/);
});

test("what is too much, of another method, or has a body is refused; a page that cannot be made ends nothing", async () => {
  const port = await serve();
  assert.equal((await ask(port, `/debug?metadata=${"a".repeat(20_000)}`)).code, 431);
  assert.equal((await ask(port, "/status", {}, "POST", "x")).code, 405);
  const { code, headers } = await ask(port, "/status", { "content-length": "1" }, "GET", "x");
  assert.deepEqual([code, headers.connection], [413, "close"]);
  const broken = plane();
  Object.defineProperty(broken, "providers", { get: () => { throw new TypeError("HUNTER2"); } });
  const other = await serve({}, broken), failed = await ask(other, "/status");
  assert.deepEqual([failed.code, failed.text], [500, "the page cannot be generated (TypeError)\n"]);
  assert.equal((await ask(other, "/healthz")).code, 200);
});

test("who does not get to the end of a request is not waited for for ever", { timeout: 60_000 }, async () => {
  const port = await serve(), socket = connect(port, "127.0.0.1");
  socket.write("GET /status HTTP/1.1\r\nhost: localhost\r\nx: ");
  const dribble = setInterval(() => socket.write("x"), 500);
  let text = "";
  socket.on("data", (chunk) => { text += chunk; }).on("error", () => undefined);
  await new Promise((resolve) => socket.once("close", resolve));
  clearInterval(dribble);
  assert.match(text, /^HTTP\/1\.1 408 /);
});
