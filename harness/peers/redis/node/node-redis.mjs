import { Buffer } from "node:buffer";
import { BINARY, gather, options, saidOfItself, Transcript, WHO_SPEAKS } from "./transcript.mjs";

const { load, port, protocol, password, db } = options();
const { createClient, RESP_TYPES } = load("redis");
async function connect(name) {
  const client = createClient({ RESP: protocol, password, database: db, name, socket: { port, host: "127.0.0.1", reconnectStrategy: false } });
  client.on("error", () => undefined);
  return client.connect();
}
const redis = await connect("first"), other = await connect("second");
const script = new Transcript(), step = script.step.bind(script);

await step("flush", () => redis.flushDb());
await step("set", () => redis.set("k:a", "1", { expiration: { type: "PX", value: 100000 } }));
await step("set if new", () => redis.set("k:a", "2", { condition: "NX" }));
await step("get", () => redis.get("k:a"));
await step("get nothing", () => redis.get("k:none"));
await step("mset", () => redis.mSet([["k:b", "b"], ["k:c", "ü"]]));
await step("mget", () => redis.mGet(["k:a", "k:b", "k:none", "k:c"]));
await step("incr", () => redis.incrBy("k:n", 41));
await step("set bytes", () => redis.set("k:bytes", BINARY));
await step("get bytes", () => redis.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).get("k:bytes"));
await step("many gets in one tick", () => Promise.all(Array.from({ length: 500 }, (_, i) => i % 2 ? redis.get("k:tick") : redis.set("k:tick", String(i)))));
await step("hset", () => redis.hSet("k:h", { a: "1", b: "2" }));
await step("hgetall", () => redis.hGetAll("k:h"));
await step("sadd", () => redis.sAdd("k:s", ["a", "b"]));
await step("smembers", async () => [...await redis.sMembers("k:s")].sort());
await step("zadd", () => redis.zAdd("k:z", [{ score: 1.5, value: "a" }, { score: Infinity, value: "b" }]));
await step("zrange", () => redis.zRangeWithScores("k:z", 0, -1));
await step("zscore", () => redis.zScore("k:z", "b"));
await step("geo", async () => [await redis.geoAdd("k:g", { longitude: 13.36, latitude: 38.11, member: "p" }), await redis.geoPos("k:g", ["p", "none"])]);
await step("wrong type", () => redis.lPop("k:h"));
await step("no such command", () => redis.sendCommand(["NOSUCH", "k:a"]));

await step("multi", () => redis.multi().set("k:m", "1").incr("k:m").get("k:m").exec());
await step("multi with a failing command", () => redis.multi().set("k:m", "1").lPop("k:m").exec());
await step("multi with a refused command", () => redis.multi().set("k:m", "2").addCommand(["NOSUCH"]).exec());
await step("nothing has run", () => redis.get("k:m"));
await step("watch, unchanged", async () => [await redis.watch("k:m"), await redis.multi().set("k:m", "5").exec()]);
await step("watch, changed", async () => {
  await redis.watch("k:m");
  await other.set("k:m", "6");
  return redis.multi().set("k:m", "7").exec();
});

await step("eval", () => redis.eval(WHO_SPEAKS, { keys: ["k:m"], arguments: ["arg"] }));
await step("script load", async () => redis.evalSha(await redis.scriptLoad("return ARGV[1]"), { arguments: ["loaded"] }));
await step("scan", async () => {
  await redis.mSet(Array.from({ length: 1000 }, (_, i) => [`scan:${i}`, "x"]));
  const keys = [];
  for await (const some of redis.scanIterator({ MATCH: "scan:*", COUNT: 77 })) keys.push(...some);
  return keys.sort();
});

const subscriber = await connect("subscriber");
const heard = gather(5, (hear) => { subscriber.hear = hear; });
const hear = (message, channel) => subscriber.hear(channel, message);
await step("subscribe", () => subscriber.subscribe(["c:1", "c:2", "c:3"], hear));
await step("psubscribe", () => subscriber.pSubscribe("c:*", hear));
await step("ssubscribe", () => subscriber.sSubscribe("c:shard", hear));
await step("publish", async () => [await redis.publish("c:1", "one"), await redis.publish("c:2", "two"), await redis.sPublish("c:shard", "shard")]);
await step("messages", async () => (await heard).map(String).sort());
await step("ping while subscribed", () => subscriber.ping());
await step("get while subscribed", () => subscriber.get("k:m"));
await step("unsubscribe one", () => subscriber.unsubscribe("c:2"));
await step("unsubscribe all", () => subscriber.unsubscribe());
await step("punsubscribe all", () => subscriber.pUnsubscribe());
await step("sunsubscribe all", () => subscriber.sUnsubscribe());
await step("commands again", () => subscriber.get("k:m"));

await step("blpop, comes", async () => {
  const waits = redis.blPop(["k:new", "k:newer"], 10);
  await other.rPush("k:newer", "it");
  return waits;
});
await step("blpop, does not come", () => redis.blPop("k:never", 0.2));
await step("client getname", () => redis.clientGetName());
await step("client info", async () => saidOfItself(await redis.sendCommand(["CLIENT", "INFO"])));
await step("select", async () => [await redis.select(3), await redis.set("k:three", "3"), await redis.dbSize(), saidOfItself(await redis.sendCommand(["CLIENT", "INFO"])).db]);
await step("flush it", () => redis.flushDb());
await step("select back", async () => [await redis.select(db), await redis.get("k:m"), await other.get("k:three")]);
await step("hello", async () => { const { proto, mode, role } = Object.fromEntries(Object.entries(await redis.hello())); return { proto, mode, role }; });
await step("ping", async () => [await redis.ping(), await redis.echo("echo")]);
await step("config get", () => redis.configGet("maxmemory"));
await step("memory usage", async () => typeof await redis.memoryUsage("k:m"));

script.print();
for (const client of [redis, other, subscriber]) client.destroy();
