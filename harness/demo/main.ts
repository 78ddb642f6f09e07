/** `npm run demo`: what Meltemi does, live, with real clients and servers. Exit code 1 if it shows anything but what it should. */
import { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import { type DubboClient, startGoClient, startJavaClient } from "../peers/dubbo/index.ts";
import { RespClient } from "../peers/redis/index.ts";
import { startClient } from "../peers/thrift/index.ts";
import { shown } from "../tools/progress.ts";
import { FOR_DEMO, prepare } from "../test/prepare.ts";
import { Scenes } from "./scenes.ts";
import { Stage } from "./stage.ts";

const CLIENTS: [string, (port: number) => Promise<DubboClient>][] = [
  ["Java", (port) => startJavaClient({ port })],
  ["Go", (port) => startGoClient({ port })],
];

const OWN = `
With a service of your own:
  1. describe it as in examples/dubbo/canary.yaml: a ServiceEntry whose port is named tcp-dubbo (or tcp-metaprotocol-<codec>)
  2. npx meltemi run -f your.yaml
  3. point your client at the address in the ready line
A protocol of your own is one codec: docs/codec.md`;

const stage = new Stage();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stage.close().finally(() => process.exit(130)));

try {
  await prepare(FOR_DEMO);
  await stage.open();
  const scenes = new Scenes((line) => process.stdout.write(`${line}\n`));
  for (const [language, start] of CLIENTS) {
    const client = async (host: string): Promise<DubboClient> => {
      const one = await start(await stage.port(host));
      stage.onClose(() => one.stop());
      return one;
    };
    await scenes.canary(language, await client("canary.demo.example"));
    await scenes.batch(language, await client("batch.demo.example"));
    await scenes.split(language, await client("split.demo.example"));
  }
  const redis = await RespClient.connect(await stage.port("cache.demo.example"), { password: "for-clients" });
  stage.onClose(() => redis.close());
  await scenes.redis(redis);
  const thrift = await stage.port("thrift.demo.example");
  const [plain, named] = [await startClient("python", { port: thrift, transport: "header" }), await startClient("python", { port: thrift, transport: "header", service: "Stock" })];
  stage.onClose(() => Promise.all([plain.stop(), named.stop()]));
  await scenes.thrift("Python", plain, named);
  const greeter = await AwesomeClient.connect(await stage.port("greeter.example"));
  stage.onClose(() => greeter.close());
  await scenes.awesome(greeter);
  process.stdout.write(`\n${scenes.table()}\n${OWN}\n`);
  if (!scenes.good) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${shown(error)}\n`);
  process.exitCode = 1;
} finally {
  await stage.close();
}
