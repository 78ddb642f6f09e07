/** A call that takes four minutes, with every default: the server closes a connection on which it reads nothing for three. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type DubboClient, type JavaServer, startJavaClient, startJavaServer } from "../../harness/peers/dubbo/index.ts";
import { type Mesh, serviceEntry, startMesh } from "./mesh.ts";

const FOUR_MINUTES = 240_000;

let server: JavaServer, mesh: Mesh, client: DubboClient;

before(async () => {
  server = await startJavaServer({ name: "v1" });
  mesh = await startMesh(serviceEntry("demo.example", "tcp-dubbo", [[server.port]], { interface: "org.meltemi.demo.Demo" }));
  client = await startJavaClient({ port: mesh.ports[0]! });
});

after(async () => { await Promise.allSettled([client?.stop(), mesh?.envoy.stop(), server?.stop("SIGKILL")]); });

test("a call of four minutes gets its answer", async () => {
  const result = await client.call({ method: "slow", args: [FOUR_MINUTES, "done"], timeout: FOUR_MINUTES + 30_000 });
  assert.equal(result.ok, true, `${result.error}\n${mesh.envoy.log()}`);
  assert.equal(result.value, "done");
  assert.equal(await mesh.count("meltemi_lanes_opened"), 1, "on one lane all the time");
});
