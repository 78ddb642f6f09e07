import { BINARY, gather, options, saidOfItself, Transcript, WHO_SPEAKS } from "./transcript.mjs";

const { load, port, protocol, password, db } = options();
const { Redis } = load("ioredis");
const connect = (more = {}) => new Redis({ port, host: "127.0.0.1", protocol, password, db, connectionName: "first", retryStrategy: null, ...more });
const redis = connect(), other = connect({ connectionName: "second" });
const script = new Transcript(), step = script.step.bind(script);

await step("flush", () => redis.flushdb());
await step("set", () => redis.set("k:a", "1"));
await step("set options", () => redis.set("k:a", "2", "PX", 100000, "NX"));
await step("set and get", () => redis.set("k:a", "3", "GET"));
await step("get", () => redis.get("k:a"));
await step("get nothing", () => redis.get("k:none"));
await step("mset", () => redis.mset("k:b", "b", "k:c", "ü"));
await step("mget", () => redis.mget("k:a", "k:b", "k:none", "k:c"));
await step("incr", () => redis.incrby("k:n", 41));
await step("incrbyfloat", () => redis.incrbyfloat("k:n", 0.5));
await step("del", () => redis.del("k:a", "k:b", "k:none"));
await step("set bytes", () => redis.set("k:bytes", BINARY));
await step("get bytes", () => redis.getBuffer("k:bytes"));
await step("empty", () => redis.set("k:empty", ""));
await step("get empty", () => redis.get("k:empty"));
await step("large", () => redis.set("k:large", "x".repeat(300_000)));
await step("get large", async () => (await redis.get("k:large")).length);

await step("hset", () => redis.hset("k:h", { a: "1", b: "2" }));
await step("hgetall", () => redis.hgetall("k:h"));
await step("hmget", () => redis.hmget("k:h", "a", "none", "b"));
await step("rpush", () => redis.rpush("k:l", "a", "b", "c"));
await step("lrange", () => redis.lrange("k:l", 0, -1));
await step("sadd", () => redis.sadd("k:s", "a", "b", "b"));
await step("smembers", async () => (await redis.smembers("k:s")).sort());
await step("zadd", () => redis.zadd("k:z", 1.5, "a", 2, "b"));
await step("zrange", () => redis.zrange("k:z", 0, -1, "WITHSCORES"));
await step("zscore", () => redis.zscore("k:z", "a"));
await step("xadd", () => redis.xadd("k:x", "1-1", "f", "v"));
await step("xrange", () => redis.xrange("k:x", "-", "+"));
await step("wrong type", () => redis.get("k:l"));
await step("no such command", () => redis.call("NOSUCH", "k:a"));
await step("too few arguments", () => redis.call("GET"));
await step("ttl", () => redis.ttl("k:l"));

await step("pipeline", async () => {
  const pipeline = redis.pipeline();
  for (let i = 0; i < 500; i++) pipeline.set("k:p", i).get("k:p").lpop("k:p");
  return pipeline.exec();
});
await step("multi", () => redis.multi().set("k:m", "1").incr("k:m").get("k:m").exec());
await step("multi with a failing command", () => redis.multi().set("k:m", "1").lpop("k:m").get("k:m").exec());
await step("multi with a refused command", () => redis.multi().set("k:m", "2").call("NOSUCH").exec());
await step("nothing has run", () => redis.get("k:m"));
await step("multi one by one", async () => {
  const queued = [await redis.multi({ pipeline: false }), await redis.set("k:m", "3"), await redis.get("k:m")];
  return [queued, await redis.exec()];
});
await step("discard", async () => [await redis.multi({ pipeline: false }), await redis.set("k:m", "4"), await redis.discard(), await redis.get("k:m")]);
await step("exec without multi", () => redis.call("EXEC"));
await step("watch, unchanged", async () => [await redis.watch("k:m"), await redis.multi().set("k:m", "5").exec()]);
await step("watch, changed", async () => {
  await redis.watch("k:m");
  await other.set("k:m", "6");
  return [await redis.multi().set("k:m", "7").exec(), await redis.get("k:m")];
});
await step("unwatch", async () => {
  await redis.watch("k:m");
  await other.set("k:m", "8");
  return [await redis.unwatch(), await redis.multi().set("k:m", "9").exec()];
});

await step("eval", () => redis.eval(WHO_SPEAKS, 1, "k:m", "arg"));
await step("evalsha of nothing", () => redis.evalsha("0".repeat(40), 1, "k:m"));
redis.defineCommand("speak", { numberOfKeys: 1, lua: WHO_SPEAKS });
await step("defined command", () => redis.speak("k:m", "arg"));
await step("defined command again", () => redis.speak("k:m", "arg"));
await step("script load", async () => redis.evalsha(await redis.script("LOAD", "return ARGV[1]"), 0, "loaded"));

await step("scan", async () => {
  await redis.mset(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`scan:${i}`, "x"])));
  const keys = [];
  for await (const some of redis.scanStream({ match: "scan:*", count: 77 })) keys.push(...some);
  return keys.sort();
});
await step("hscan", async () => {
  await redis.hset("k:big", Object.fromEntries(Array.from({ length: 700 }, (_, i) => [`f${i}`, i])));
  const fields = [];
  for await (const some of redis.hscanStream("k:big", { count: 50 })) fields.push(...some);
  return fields.length;
});

const subscriber = connect({ connectionName: "subscriber" });
const heard = gather(5, (hear) => {
  subscriber.on("message", (channel, message) => hear(channel, message));
  subscriber.on("pmessage", (pattern, channel, message) => hear(pattern, channel, message));
});
await step("subscribe", () => subscriber.subscribe("c:1", "c:2", "c:3"));
await step("psubscribe", () => subscriber.psubscribe("c:*"));
await step("publish", async () => [await redis.publish("c:1", "one"), await redis.publish("c:2", "two"), await redis.publish("c:9", "nine")]);
await step("messages", () => heard);
await step("ping while subscribed", () => subscriber.ping());
await step("unsubscribe one", () => subscriber.unsubscribe("c:2"));
await step("punsubscribe", () => subscriber.punsubscribe("c:*"));
// ioredis waits until nothing at all is subscribed to
await step("unsubscribe all", () => subscriber.unsubscribe());
await step("commands again", () => subscriber.get("k:m"));

await step("blpop, there", () => redis.blpop("k:l", 5));
await step("blpop, comes", async () => {
  const waits = redis.blpop("k:new", "k:newer", 10);
  await other.rpush("k:newer", "it");
  return waits;
});
await step("blpop, does not come", () => redis.blpop("k:never", 0.2));
await step("commands behind a blocked one", async () => {
  const all = [redis.blpop("k:never", 0.2), redis.set("k:behind", "1"), redis.get("k:behind")];
  return Promise.all(all);
});
await step("xread block", async () => {
  const waits = redis.xread("BLOCK", 10000, "STREAMS", "k:x", "$");
  const adds = (async () => { for (let i = 2; ; i++) { await other.xadd("k:x", `${i}-1`, "f", "w"); if (await Promise.race([waits, null])) return; } })();
  const [[stream, [[, fields]]]] = await waits.then((answer) => Array.isArray(answer) ? answer : [...answer]);
  await adds;
  return [stream, fields];
});

await step("client setname", () => redis.client("SETNAME", "renamed"));
await step("client getname", () => redis.client("GETNAME"));
await step("client info", async () => saidOfItself(await redis.client("INFO")));
await step("client id", async () => typeof await redis.client("ID"));
await step("client no-evict", () => redis.client("NO-EVICT", "ON"));
await step("select", async () => [await redis.select(3), await redis.set("k:three", "3"), await redis.dbsize(), saidOfItself(await redis.client("INFO")).db]);
await step("flush it", () => redis.flushdb());
await step("select back", async () => [await redis.select(db), await redis.get("k:m"), await other.get("k:three")]);
await step("ping", async () => [await redis.ping(), await redis.ping("text"), await redis.echo("echo")]);
await step("time", async () => (await redis.time()).length);
await step("dbsize", () => redis.dbsize());
await step("info", async () => /redis_version:\d+/.test(await redis.info("server")));
await step("config get", () => redis.config("GET", "maxmemory"));
await step("object encoding", () => redis.object("ENCODING", "k:n"));
await step("command count", async () => await redis.command("COUNT") > 200);
await step("wrong password", () => redis.call("AUTH", "default", "wrong"));
await step("quit", () => redis.quit());

script.print();
other.disconnect();
subscriber.disconnect();
