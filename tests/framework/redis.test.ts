/** The Redis codec in the framework: what a connection says and is in the middle of, over several servers that answer when the test says. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { command } from "../../harness/peers/redis/resp.ts";
import { type Client, type Config, World } from "./world.ts";

const prefix = (key: string, value: string, cluster = value[0]!): Config => ({ match: [[{ key, prefix: value }]], cluster });
const routes = [prefix("key", "a:"), prefix("key", "b:"), prefix("channel", "a:"), prefix("channel", "b:")];
const open = (config: Config = {}): Promise<World> => World.of("redis", { routes, ...config });

/** Commands as clients send them: one in each text, words apart. */
const say = (...commands: string[]): Buffer => Buffer.concat(commands.map((line) => command(...line.split(" "))));
const text = (...commands: string[]): string => say(...commands).toString("latin1");
const OK = "+OK\r\n", QUEUED = "+QUEUED\r\n";
const array = (...items: string[]): string => `*${items.length}\r\n${items.map((item) => /^\d+$/.test(item) ? `:${item}\r\n` : `$${item.length}\r\n${item}\r\n`).join("")}`;
const push = (...items: string[]): string => array(...items).replace("*", ">");

/** A client with a lane to each of the clusters, which have answered a GET. */
function warm(world: World, ...clusters: string[]): Client {
  const client = world.client();
  for (const cluster of clusters) {
    client.send(say(`GET ${cluster}:warm`));
    client.lane(cluster).send("$-1\r\n");
  }
  client.got();
  return client;
}

/** What a server got on its latest lane since it was warm. */
const since = (client: Client, cluster: string): string => client.at(cluster).replace(text(`GET ${cluster}:warm`), "");

/** A client and its server, whatever is between them. */
interface Ends { send(bytes: Buffer | string): void; answer(bytes: string): void; client(): string; server(): string; closed(): boolean }

function overLanes(world: World): Ends {
  const client = world.client();
  return {
    send: (bytes) => void client.send(bytes), answer: (bytes) => void client.lane("a").send(bytes), client: () => client.got(), server: () => client.at("a"),
    closed: () => client.connection.closed,
  };
}

function inline(world: World): Ends {
  let received = "";
  const connection = world.emulator.newConnection(world.root, { data: (_, bytes): void => { received += bytes.toString("latin1"); } });
  const settle = (): void => void world.emulator.drainQueues();
  return {
    send: (bytes): void => { connection.downstream(bytes); settle(); },
    answer: (bytes): void => { connection.upstream(bytes); settle(); },
    client: () => connection.takeWritten().toString("latin1"), server: () => received, closed: () => connection.closed,
  };
}

describe("what a connection says of itself", () => {
  test("a new lane is told the newest of each, a password first, and once", async () => {
    const client = warm(await open(), "a");
    client.send(say("HELLO 2 AUTH alice one SETNAME first", "AUTH bob two", "CLIENT SETNAME second", "HELLO 3", "SELECT 4", "CLIENT NO-TOUCH on", "CLIENT CAPA redirect"));
    client.lane("a").send("*0\r\n" + OK + OK + "%0\r\n" + OK + OK + OK);
    client.send(say("HELLO 3 SETNAME third AUTH carol three", "GET b:1"));
    const told = ["AUTH carol three", "HELLO 3", "SELECT 4", "CLIENT SETNAME third", "CLIENT NO-TOUCH on", "CLIENT CAPA redirect"];
    assert.equal(client.at("b"), text(...told));
    client.lane("b").send(`${OK}%0\r\n${OK.repeat(4)}`);
    assert.equal(client.at("b"), text(...told, "GET b:1"));
  });

  test("what a server has refused does not hold, whatever was said before the answer came", async () => {
    const client = warm(await open(), "a");
    client.send(say("SELECT 1", "SELECT 2", "SELECT 99", "AUTH alice wrong", "HELLO 9"));
    client.lane("a").send(OK + OK + "-ERR DB index is out of range\r\n-WRONGPASS no\r\n-NOPROTO no\r\n");
    client.send(say("GET b:1"));
    client.settle();
    client.lane("b").accept();
    assert.equal(client.at("b"), text("SELECT 2"));
  });

  test("a server that does not take the database of the others is not used", async () => {
    for (const order of ["ab", "ba"]) {
      const client = warm(await open(), "b", "a");
      client.send(say("SELECT 5"));
      for (const cluster of order) client.lane(cluster).send(cluster === "a" ? OK : "-ERR DB index is out of range\r\n");
      client.send(say("SET b:k 1"));
      if (order === "ba") client.lane("b").send(OK);
      client.settle();
      client.lane("b").send("-ERR DB index is out of range\r\n");
      assert.match(client.got(), /^\+OK\r\n-ERR [^\r]*\r\n$/, order);
      assert.match(since(client, "b"), /SELECT/);
    }
  });

  test("both refuse: nothing has changed, and no lane is lost", async () => {
    const client = warm(await open(), "b", "a");
    client.send(say("SELECT 99"));
    for (const cluster of ["b", "a"]) client.lane(cluster).send("-ERR DB index is out of range\r\n");
    client.send(say("GET b:k"));
    client.lane("b").send("$1\r\nv\r\n");
    assert.equal(client.got(), "-ERR DB index is out of range\r\n$1\r\nv\r\n");
    assert.equal(client.lanes("b").length, 1);
  });

  test("a new lane that was told a database before it was agreed to, and differs, is not used", async () => {
    for (const agreed of [true, false]) {
      const client = warm(await open(), "a").send(say("SELECT 5", "GET b:k"));
      const [yes, no] = [OK, "-ERR DB index is out of range\r\n"];
      client.lane("b").send(agreed ? no : yes);
      client.lane("a").send(agreed ? yes : no);
      client.lane("b").send("$5\r\nwrong\r\n");
      assert.match(client.got(), agreed ? /^\+OK\r\n-ERR [^\r]*\r\n$/ : /^-ERR DB [^\r]*\r\n-ERR [^\r]*\r\n$/);
    }
  });

  test("a setting that is not answered in time does not hold, and a server that took it late is not used", async () => {
    const world = await open({ routes: [{ match: [[{ key: "command", exact: "select" }]], cluster: "a", timeoutMs: 500 }, ...routes] });
    const client = warm(world, "a").send(say("SELECT 5"));
    world.emulator.advance(2000);
    assert.equal(client.got(), "-ERR no answer in time\r\n");
    client.send(say("GET a:k"));
    client.lane("a").send(`${OK}$5\r\nwrong\r\n`);
    assert.match(client.got(), /^-ERR [^\r]*\r\n$/);
    client.send(say("GET a:k"));
    assert.equal(client.at("a"), text("GET a:k"));
  });

  test("nobody is who he says before a server has let him in", async () => {
    const world = await open({ routes: [{ match: [[{ key: "user", exact: "alice" }]], cluster: "b" }, { match: [[{ key: "user", exact: "default" }]], cluster: "a" }] });
    const client = world.client().send(say("GET k"));
    client.lane("a").send("$-1\r\n");
    client.send(say("AUTH alice secret", "GET k"));
    client.lane("a").send("-WRONGPASS no\r\n");
    assert.match(client.got(), /^\$-1\r\n-WRONGPASS no\r\n-ERR no route[^\r]*\r\n$/);
    client.send(say("AUTH alice secret"));
    client.lane("a").send(OK);
    client.send(say("GET k"));
    assert.equal(client.lanes("b").length, 1);
    client.lane("b").send(OK + "$-1\r\n");
    client.send(say("AUTH bob secret", "GET k"));
    client.lane("b").send("-WRONGPASS no\r\n");
    client.send(say("GET k"));
    assert.equal(client.at("b"), text("AUTH alice secret", "GET k", "AUTH bob secret", "GET k"));
  });

  test("while the answer to SELECT is out, both databases must lead the same way", async () => {
    const world = await open({ routes: [{ match: [[{ key: "database", exact: "1" }]], cluster: "b" }], defaultCluster: "a" });
    const client = world.client().send(say("GET k"));
    client.lane("a").send("$-1\r\n");
    client.send(say("SELECT 1", "GET k"));
    client.lane("a").send(OK);
    assert.match(client.got(), /^\$-1\r\n\+OK\r\n-CROSSSLOT /);
    client.send(say("GET k"));
    assert.equal(client.lanes("b").length, 1);
  });

  test("RESET is a new connection on every server, and lets go of what held it: once a server has agreed", async () => {
    for (const agrees of [true, false]) {
      const client = warm(await open(), "a", "b");
      client.send(say("HELLO 3", "WATCH a:k", "CLIENT TRACKING ON"));
      for (const cluster of ["a", "b"]) client.lane(cluster).send("%0\r\n");
      const held = since(client, "a").includes("TRACKING") ? "a" : "b";
      if (held === "b") client.lane("a").send(OK);
      client.lane(held).send(OK.repeat(held === "a" ? 2 : 1));
      client.got();
      client.send(say("RESET", "GET a:1", "GET b:1"));
      for (const cluster of ["a", "b"]) assert.match(since(client, cluster), /RESET\r\n$/, "what follows waits for the answer");
      for (const cluster of ["a", "b"]) client.lane(cluster).send(agrees ? "+RESET\r\n" : "-NOPERM no\r\n");
      const answer = client.got();
      if (agrees) {
        assert.equal(answer, "+RESET\r\n");
        for (const cluster of ["a", "b"]) assert.equal(since(client, cluster).endsWith(text("RESET", `GET ${cluster}:1`)), true);
      } else {
        assert.match(answer, /^-NOPERM no\r\n-CROSSSLOT [^\r]*\r\n$/);
      }
    }
  });

  test("a server that forgets nothing with RESET while others do, or the other way round, is not used", async () => {
    const [yes, no] = ["+RESET\r\n", "-NOPERM no\r\n"];
    for (const first of ["a", "b"]) {
      for (const agreed of [true, false]) {
        const client = warm(await open(), "b", "a").send(say("RESET"));
        for (const cluster of first === "a" ? ["a", "b"] : ["b", "a"]) client.lane(cluster).send((cluster === "a") === agreed ? yes : no);
        assert.equal(client.got(), agreed ? yes : no);
        client.send(say("GET b:k"));
        client.lane("b").send("$5\r\nwrong\r\n");
        client.settle();
        client.send(say("GET b:k"));
        assert.equal(client.lanes("b").length, 2, `${first} answers first, the client's server ${agreed ? "agrees" : "does not"}`);
      }
    }
  });

  test("with many settings under way the client waits, so that none is forgotten", async () => {
    const rules = [{ name: "no", action: "deny", match: [[{ key: "database", exact: "9" }, { key: "command", exact: "get" }]] }];
    const world = await World.of("redis", { defaultCluster: "a", filters: [{ name: "auth", config: { rules, default: "allow" } }] });
    const client = world.client().send(say("GET k")), many = ["SELECT 9", ...Array<string>(4).fill("SELECT 99")];
    client.lane("a").send("$-1\r\n");
    client.send(say(...many, "GET k"));
    assert.equal(client.at("a"), text("GET k", ...many.slice(0, 4)));
    client.lane("a").send(OK + "-ERR no\r\n".repeat(3));
    client.got();
    client.lane("a").send("-ERR no\r\n");
    assert.match(client.got(), /^-ERR no\r\n-NOPERM /);
    assert.equal(client.at("a"), text("GET k", ...many));
  });

  test("with passwords of the filter's own for servers: each lane says its cluster's, clients cannot take it back", async () => {
    const options = { upstreamAuth: { a: { password: "for a" }, b: { username: "mesh", password: "for b" } } };
    const client = (await open({ options })).client().send(say("GET a:1", "GET b:1"));
    assert.equal(client.at("a"), "*3\r\n$4\r\nAUTH\r\n$7\r\ndefault\r\n$5\r\nfor a\r\n");
    assert.equal(client.at("b"), "*3\r\n$4\r\nAUTH\r\n$4\r\nmesh\r\n$5\r\nfor b\r\n");
    client.lane("a").send(OK + "$1\r\n1\r\n");
    client.lane("b").send("-WRONGPASS no\r\n");
    assert.match(client.got(), /^\$1\r\n1\r\n-ERR the server could not be reached\r\n$/);
    client.send(say("AUTH x", "HELLO 3 AUTH default x", "RESET", "HELLO 3 AUTH a b AUTH c d"));
    assert.match(client.got(), /^(-ERR AUTH [^\r]*\r\n){2}-ERR RESET [^\r]*\r\n-ERR Syntax error in HELLO option 'AUTH'\r\n$/);
  });
});

describe("transactions", () => {
  test("MULTI goes first on a lane that must be greeted, and its answers are its own", async () => {
    const client = warm(await open(), "a").send(say("SELECT 3"));
    client.lane("a").send(OK);
    client.send(say("MULTI", "PING", "SET b:1 x", "EXEC"));
    client.lane("b").accept();
    assert.equal(client.at("b"), text("SELECT 3"));
    client.lane("b").send(OK);
    assert.equal(client.at("b"), text("SELECT 3", "MULTI", "PING", "SET b:1 x", "EXEC"));
    client.lane("b").send(OK + QUEUED + QUEUED + "*2\r\n+PONG\r\n+OK\r\n");
    assert.equal(client.got(), OK + OK + QUEUED + QUEUED + "*2\r\n+PONG\r\n+OK\r\n");
  });

  test("its server is lost: EXEC that was not sent has run nothing; of one that was sent nobody knows", async () => {
    for (const sent of [true, false]) {
      const client = warm(await open(), "a").send(say("MULTI", "SET a:1 x"));
      client.lane("a").send(OK + QUEUED);
      if (sent) client.send(say("EXEC"));
      client.lane("a").end();
      client.settle();
      if (!sent) client.send(say("EXEC"));
      assert.match(client.got(), sent ? /^\+OK\r\n\+QUEUED\r\n-ERR / : /^\+OK\r\n\+QUEUED\r\n-EXECABORT /);
      client.send(say("GET a:1"));
      assert.equal(client.at("a"), text("GET a:1"));
    }
  });

  test("its endpoint cannot be reached: all of it goes to another", async () => {
    const clusters = { a: { endpoints: [{ address: "127.0.0.1:1" }, { address: "127.0.0.1:2" }] } };
    const client = (await open({ clusters })).client({ accept: false }).send(say("MULTI", "SET a:1 x"));
    client.lane("a").fail(503, "UF", "refused");
    client.settle();
    client.send(say("SET a:2 y", "EXEC", "GET a:1"));
    client.lane("a").accept(client.lane("a").headers["x-meltemi-endpoint"]);
    assert.equal(client.at("a"), text("MULTI", "SET a:1 x", "SET a:2 y", "EXEC", "GET a:1"));
  });

  test("no endpoint can be reached: a transaction that was already begun behind it does not run by halves", async () => {
    const client = (await open()).client({ accept: false }).send(say("MULTI", "SET a:1 x", "EXEC", "MULTI", "SET a:2 x"));
    client.lane("a").fail(503, "UF", "refused");
    client.settle();
    client.send(say("SET b:3 x", "EXEC"));
    const failed = "-ERR the server could not be reached\r\n", lost = "the server closed the connection before it answered\r\n", abort = "-EXECABORT Transaction discarded because of: ";
    assert.equal(client.got(), `${OK}${failed}${abort}${failed.slice(5)}${OK}${failed}-ERR ${lost}${abort}${lost}`);
    assert.ok(!client.lanes("b").some((lane) => lane.received.includes("SET")));
  });

  test("what would reach one of several servers only is refused inside, and so is EXEC", async () => {
    for (const inside of ["SELECT 1", "HELLO 3", "AUTH x", "CLIENT SETNAME x", "CLIENT REPLY OFF", "CLIENT TRACKING ON", "SUBSCRIBE a:x", "MONITOR", "PSYNC ? -1", "READONLY"]) {
      const client = warm(await open(), "a").send(say("MULTI", "SET a:1 x", inside, "EXEC"));
      client.lane("a").send(OK + QUEUED + OK);
      assert.match(client.got(), /^\+OK\r\n\+QUEUED\r\n-ERR [^\r]*\r\n-EXECABORT [^\r]*\r\n$/, inside);
      assert.equal(since(client, "a"), text("MULTI", "SET a:1 x", "DISCARD"), inside);
    }
  });

  test("what waits for the transaction's first key has passed the filters", async () => {
    const deny = { name: "auth", config: { rules: [{ name: "no", action: "deny", match: [[{ key: "command", exact: "flushall" }]] }], default: "allow" } };
    const client = (await open({ filters: [deny] })).client().send(say("MULTI", "PING", "FLUSHALL", "SET a:1 x", "EXEC"));
    assert.equal(client.at("a"), text("MULTI", "PING", "SET a:1 x", "DISCARD"));
    client.lane("a").send(OK + QUEUED + QUEUED + OK);
    assert.match(client.got(), /^\+OK\r\n\+QUEUED\r\n-NOPERM [^\r]*\r\n\+QUEUED\r\n-EXECABORT [^\r]*\r\n$/);
  });

  test("MULTI and WATCH inside are errors that change nothing, in Redis' own words", async () => {
    const client = warm(await open(), "a").send(say("MULTI", "SET a:1 x", "WATCH a:k", "MULTI", "EXEC"));
    assert.equal(since(client, "a"), text("MULTI", "SET a:1 x", "EXEC"));
    client.lane("a").send(OK + QUEUED + "*1\r\n+OK\r\n");
    assert.equal(client.got(), `${OK}${QUEUED}-ERR WATCH inside MULTI is not allowed\r\n-ERR MULTI calls can not be nested\r\n*1\r\n+OK\r\n`);
  });

  test("DISCARD and EXEC with arguments are errors: the one leaves the transaction open, the other ends it", async () => {
    const client = warm(await open(), "a").send(say("MULTI", "SET a:1 x", "DISCARD now", "SET a:2 x", "EXEC now", "GET b:1"));
    assert.equal(since(client, "a"), text("MULTI", "SET a:1 x", "DISCARD now", "SET a:2 x", "EXEC now"));
    assert.equal(client.at("b"), text("GET b:1"));
  });

  test("who may not DISCARD leaves a lane that nobody can use again", async () => {
    const client = warm(await open(), "a").send(say("MULTI", "SET a:1 x", "DISCARD"));
    client.lane("a").send(OK + QUEUED + "-NOPERM no\r\n");
    assert.equal(client.got(), OK + QUEUED + "-NOPERM no\r\n");
    client.send(say("GET a:1"));
    assert.equal(client.at("a"), text("GET a:1"));
    assert.equal(client.lanes("a").length, 2);
  });

  test("a queued command whose answer does not come in time makes EXEC fail", async () => {
    const world = await open({ routes: [{ ...prefix("key", "a:"), timeoutMs: 500 }] }), client = warm(world, "a").send(say("MULTI", "SET a:1 x"));
    client.lane("a").send(OK);
    world.emulator.advance(2000);
    client.send(say("EXEC"));
    client.lane("a").send(QUEUED + OK);
    assert.match(client.got(), /^\+OK\r\n-ERR no answer in time\r\n-EXECABORT /);
  });

  test("WATCH of keys on two servers is refused, and what is watched holds its server", async () => {
    const client = warm(await open(), "a").send(say("WATCH a:1", "WATCH b:1", "MULTI", "SET b:1 x", "EXEC"));
    client.lane("a").send(OK + OK + OK);
    assert.match(client.got(), /^\+OK\r\n-CROSSSLOT [^\r]*\r\n\+OK\r\n-CROSSSLOT [^\r]*\r\n-EXECABORT /);
    assert.equal(client.lanes("b").length, 0);
  });
});

describe("CLIENT REPLY", () => {
  const SKIP = "CLIENT REPLY SKIP";

  test("SKIP is for the next command, whoever answers it", async () => {
    const client = warm(await open(), "a").send(say(SKIP, "MULTI", "SET a:1 x", "EXEC", SKIP, "GET c:nowhere", "GET a:1", SKIP, SKIP, "INCR a:1", "GET a:2"));
    assert.equal(since(client, "a"), text("MULTI", "SET a:1 x", "EXEC", "GET a:1", SKIP, "INCR a:1", "GET a:2"));
    client.lane("a").send(OK + QUEUED + "*1\r\n+OK\r\n$1\r\n1\r\n$1\r\n2\r\n");
    assert.equal(client.got(), QUEUED + "*1\r\n+OK\r\n$1\r\n1\r\n$1\r\n2\r\n");
  });

  test("OFF: no words from anybody, on any lane, until ON", async () => {
    const client = warm(await open(), "a").send(say("CLIENT REPLY OFF", "GET c:nowhere", "MULTI", "SET b:1 x", "MGET a:1 b:1", "EXEC", "CLIENT REPLY ON", "GET b:2"));
    client.lane("a").send(OK);
    client.settle();
    assert.equal(client.at("b"), text("CLIENT REPLY OFF", "MULTI", "SET b:1 x", "DISCARD", "CLIENT REPLY ON", "GET b:2"));
    client.lane("b").send(OK + "$1\r\n2\r\n");
    assert.equal(client.got(), OK + "$1\r\n2\r\n");
  });

  test("OFF and SKIP do not keep subscriptions back", async () => {
    for (const quiet of ["CLIENT REPLY OFF", SKIP]) {
      const client = warm(await open(), "a").send(say(quiet, "SUBSCRIBE a:x"));
      client.lane("a").send(array("subscribe", "a:x", "1") + array("message", "a:x", "it"));
      assert.equal(client.got(), array("subscribe", "a:x", "1") + array("message", "a:x", "it"));
      assert.doesNotMatch(since(client, "a"), /SKIP/);
    }
  });
});

describe("subscriptions and what else holds a connection", () => {
  test("channels that lead to different servers: CROSSSLOT; a refused SUBSCRIBE holds nothing", async () => {
    const client = warm(await open(), "a").send(say("SUBSCRIBE a:x a:y", "SUBSCRIBE b:x", "SUBSCRIBE c:x"));
    client.lane("a").send(array("subscribe", "a:x", "1") + array("subscribe", "a:y", "2"));
    assert.match(client.got(), /:2\r\n-CROSSSLOT [^\r]*\r\n-ERR no route/);
    const free = warm(await open(), "a").send(say("SUBSCRIBE c:x", "SUBSCRIBE a:x", "GET b:1"));
    free.lane("a").send("-NOPERM no\r\n");
    assert.match(free.got(), /^-ERR no route[^\r]*\r\n-NOPERM no\r\n-CROSSSLOT/);
    free.send(say("GET b:1"));
    assert.equal(free.at("b"), text("GET b:1"));
  });

  test("UNSUBSCRIBE and SUBSCRIBE in one write: the lane is held again, and vital", async () => {
    const client = warm(await open(), "a").send(say("SUBSCRIBE a:x", "UNSUBSCRIBE", "SUBSCRIBE a:y"));
    client.lane("a").send(array("subscribe", "a:x", "1") + array("unsubscribe", "a:x", "0") + array("subscribe", "a:y", "1"));
    client.settle();
    client.lane("a").end();
    client.got();
    assert.equal(client.connection.closed, true);
  });

  test("RESP3: lists that look like messages are answers; after HELLO 2 they are messages", async () => {
    const client = warm(await open(), "a").send(say("HELLO 3", "SUBSCRIBE a:x", "LRANGE a:l 0 -1"));
    client.lane("a").send("%0\r\n" + push("subscribe", "a:x", "1") + push("message", "a:x", "it") + array("message", "a:x", "no"));
    assert.equal(client.got(), "%0\r\n" + push("subscribe", "a:x", "1") + push("message", "a:x", "it") + array("message", "a:x", "no"));
    client.send(say("HELLO 2", "PING"));
    client.lane("a").send("*0\r\n" + array("message", "a:x", "it") + array("pong", ""));
    assert.equal(client.got(), "*0\r\n" + array("message", "a:x", "it") + array("pong", ""));
  });

  test("CLIENT TRACKING holds its server, unless it is refused", async () => {
    const client = warm(await open(), "a").send(say("CLIENT TRACKING ON", "GET b:1"));
    assert.equal(since(client, "a"), text("CLIENT TRACKING ON"));
    client.lane("a").send("-ERR no\r\n");
    assert.equal(client.got(), "-ERR no\r\n");
    assert.equal(client.at("b"), text("GET b:1"));
    const held = warm(await open(), "a").send(say("CLIENT TRACKING ON", "GET b:1"));
    held.lane("a").send(OK);
    assert.match(held.got(), /^\+OK\r\n-CROSSSLOT /);
  });

  test("with CLIENT TRACKING, nothing that is answered here overtakes what the server has told", async () => {
    const client = warm(await open(), "a").send(say("HELLO 3", "CLIENT TRACKING ON"));
    client.lane("a").send("%0\r\n" + OK);
    client.got();
    client.send(say("MULTI", "PING", "EXEC"));
    assert.equal(client.got(), "");
    client.lane("a").send(push("invalidate", "a:1") + OK + QUEUED + "*1\r\n+PONG\r\n");
    assert.equal(client.got(), push("invalidate", "a:1") + OK + QUEUED + "*1\r\n+PONG\r\n");
    client.send(say("MULTI", "PING"));
    client.lane("a").send("-NOPERM no\r\n+PONG\r\n");
    assert.equal(client.got(), "-NOPERM no\r\n+PONG\r\n");
    client.send(say("MULTI", "PING", "EXEC"));
    assert.match(since(client, "a"), /MULTI[^]*PING[^]*MULTI[^]*PING[^]*MULTI[^]*PING[^]*EXEC\r\n$/);
  });

  test("who has asked for a server's id of it is ended with that server's connection", async () => {
    for (const asks of [true, false]) {
      const ask = asks ? "CLIENT ID" : "CLIENT GETNAME", client = warm(await open(), "b", "a").send(say(ask, "GET b:1", ask));
      client.lane("a").send(":7\r\n:7\r\n");
      client.lane("b").send("$1\r\n1\r\n");
      assert.equal(client.got(), ":7\r\n$1\r\n1\r\n:7\r\n");
      client.lane("a").end();
      client.got();
      assert.equal(client.connection.closed, asks);
    }
  });

  test("PSYNC refused, then SYNC: each has its answer, the stream passes, and all that its client says is still read", async () => {
    for (const upstream of ["lanes", "inline"]) {
      const rules = [{ name: "no", action: "deny", match: [[{ key: "command", exact: "replconf" }, { key: "arguments", exact: "5" }]] }];
      const world = await World.of("redis", { upstream, defaultCluster: "a", filters: [{ name: "auth", config: { rules, default: "allow" } }] });
      const ends = upstream === "lanes" ? overLanes(world) : inline(world);
      ends.send(say("REPLCONF listening-port 1"));
      ends.answer(OK);
      ends.send(say("PSYNC ? -1", "SYNC"));
      assert.match(ends.server(), /PSYNC\r\n\$1\r\n\?\r\n\$2\r\n-1\r\n$/, "SYNC waits");
      ends.answer("\n");
      ends.answer("\n\n-ERR unknown");
      ends.answer(" command\r\n");
      assert.equal(ends.client(), `${OK}\n\n\n-ERR unknown command\r\n`);
      assert.match(ends.server(), /SYNC\r\n$/);
      ends.answer("\n$EOF:0123456789012345678901234567890123456789\r\nabc");
      ends.answer("\nde*1\r\n$4\r\nPING\r\n");
      assert.equal(ends.client(), "\n$EOF:0123456789012345678901234567890123456789\r\nabc\nde*1\r\n$4\r\nPING\r\n");
      ends.send(`\n${text("REPLCONF ACK 1")}`);
      ends.send(text("REPLCONF ACK 1 x y") + text("REPLCONF ACK 2"));
      assert.equal(ends.server().slice(ends.server().lastIndexOf("SYNC\r\n") + 6), `\n${text("REPLCONF ACK 1", "REPLCONF ACK 2")}`);
      ends.send(say("CONFIG SET x y", "REPLCONF ACK 3", "PSYNC ? -1", "MONITOR"));
      ends.send('REPLCONF "AC\\x4b" 4\r\n');
      assert.match(ends.server(), new RegExp(`${text("REPLCONF ACK 2", "REPLCONF ACK 3").replaceAll("$", "\\$").replaceAll("*", "\\*")}$`));
      assert.equal(ends.closed(), false);
    }
  });

  test("a server's first words of its stream, and those that are none", async () => {
    for (const [says, consents] of [["+FULLRESYNC 0123 1\r\n", true], ["+CONTINUE\r\n", true], ["$5\r\n", true], ["$ENDOFF:1 x 0 2\r\n", true],
      ["+DUALCHANNELSYNC\r\n", false], ["+OK\r\n", false], ["-NOMASTERLINK no\r\n", false]] as const) {
      const client = (await World.of("redis", { defaultCluster: "a" })).client().send(say("PSYNC ? -1"));
      client.lane("a").send(says);
      client.send(say("GET k"));
      client.settle();
      assert.equal(client.at("a").includes("GET"), !consents, says);
    }
  });

  test("REPLCONF ACK has no answer; where nobody could tell, it is refused", async () => {
    const client = warm(await open(), "a").send(say("REPLCONF ACK 1", "GET a:1", "REPLCONF capa x ACK 1", "GET a:2"));
    client.lane("a").send("$1\r\n1\r\n$1\r\n2\r\n");
    assert.equal(client.got(), "$1\r\n1\r\n-ERR syntax error\r\n$1\r\n2\r\n");
  });

  test("MONITOR: what follows waits; then a server does not answer another, nor SYNC", async () => {
    const client = warm(await open(), "a").send(say("MONITOR", "MONITOR", "PING", "SYNC", "ECHO x", "RESET", "MONITOR"));
    assert.equal(since(client, "a"), text("MONITOR"));
    client.lane("a").send(OK);
    assert.equal(client.got(), OK);
    assert.equal(since(client, "a"), text("MONITOR", "PING", "ECHO x", "RESET"));
    client.lane("a").send('+PONG\r\n+1.2 [0 x] "PING"\r\n$1\r\nx\r\n+RESET\r\n');
    assert.equal(client.got(), '+PONG\r\n+1.2 [0 x] "PING"\r\n$1\r\nx\r\n+RESET\r\n');
    assert.equal(since(client, "a"), text("MONITOR", "PING", "ECHO x", "RESET", "MONITOR"));
  });

  test("a change of mode whose answer never comes ends the connection", async () => {
    for (const asked of ["MONITOR", "RESET"]) {
      const world = await open({ routes: [{ match: [[{ key: "command", exact: asked.toLowerCase() }]], cluster: "a", timeoutMs: 500 }, ...routes] });
      const client = warm(world, "a").send(say(asked, "GET a:1"));
      world.emulator.advance(2000);
      client.settle();
      assert.equal(client.connection.closed, true, asked);
      assert.equal(since(client, "a"), text(asked));
    }
  });

  test("the mesh's own password comes before all else, RESET too", async () => {
    const client = (await open({ options: { auth: { password: "p" } } })).client().send(say("RESET", "HELLO 3 AUTH default p"));
    client.lane("a").send("%0\r\n%0\r\n");
    assert.equal(client.got(), "+RESET\r\n%0\r\n");
    assert.equal(client.at("a"), text("HELLO 3", "HELLO 3"));
  });

  test("QUIT: all servers' answers first", async () => {
    const client = warm(await open(), "a", "b").send(say("GET a:1", "GET b:1", "QUIT", "GET a:2"));
    client.lane("b").send("$1\r\nb\r\n");
    assert.equal(client.got(), "");
    client.lane("a").send("$1\r\na\r\n");
    assert.equal(client.got(), "$1\r\na\r\n$1\r\nb\r\n+OK\r\n");
    assert.equal(client.connection.closed, true);
    assert.doesNotMatch(since(client, "a"), /a:2|QUIT/);
  });
});

describe("time", () => {
  test("a command that waits is given the time it asks for, and those behind it as well", async () => {
    const world = await open({ routes: [{ ...prefix("key", "a:"), timeoutMs: 500 }] }), client = warm(world, "a");
    client.send(say("BLPOP a:q 10", "GET a:1"));
    world.emulator.advance(9000);
    assert.equal(client.got(), "");
    world.emulator.advance(3000);
    assert.equal(client.got(), "-ERR no answer in time\r\n".repeat(2));
    client.lane("a").send("*-1\r\n$-1\r\n");
    client.send(say("XREAD BLOCK 0 STREAMS a:s $"));
    world.emulator.advance(3_600_000);
    assert.equal(client.got(), "");
  });

  test("a silent lane is asked for a sign of life, which is nobody's answer; none in a transaction or among messages", async () => {
    const world = await open({ limits: { beatMs: 1000 } }), ping = text("PING");
    const idle = warm(world, "a"), busy = warm(world, "a").send(say("GET a:1")), inside = warm(world, "a").send(say("MULTI", "SET a:1 x"));
    const listening = warm(world, "a").send(say("SUBSCRIBE a:x"));
    inside.lane("a").send(OK + QUEUED);
    listening.lane("a").send(array("subscribe", "a:x", "1"));
    for (const client of [idle, busy, inside, listening]) client.settle();
    for (let second = 0; second < 3; second++) world.emulator.advance(1000);
    assert.deepEqual([idle, busy, inside, listening].map((client) => since(client, "a").includes(ping)), [true, false, false, false]);
    idle.send(say("GET a:2"));
    idle.lane("a").send("+PONG\r\n".repeat(since(idle, "a").split(ping).length - 1) + "$1\r\n2\r\n");
    assert.equal(idle.got(), "$1\r\n2\r\n");
  });
});

describe("what is no Redis", () => {
  test("HTTP, as a lured browser would speak it: the connection closes, what follows is not read", async () => {
    for (const first of ["POST / HTTP/1.1", "GET c:/ HTTP/1.1\r\nHost: x"]) {
      const client = (await open()).client().send(`${first}\r\n\r\nSET a:1 x\r\n`);
      client.got();
      assert.equal(client.connection.closed, true);
      assert.equal(client.lanes("a").length, 0);
    }
  });

  test("quotes inside of words do not hide what is to be done", async () => {
    const client = warm(await open(), "a").send('G"ET" a:1\r\nDEL\vb:1 a:1\r\nMU"LTI"\r\nECHO "x\\ny"\r\nGET "a:1"\r\nGET "a\\x3a1"\r\nSET a:1 "x\\ny"\r\n');
    assert.equal(since(client, "a"), 'DEL\vb:1 a:1\r\nECHO "x\\ny"\r\nGET "a:1"\r\nSET a:1 "x\\ny"\r\n');
    client.lane("a").send("-ERR\r\n+1\r\n+2\r\n+3\r\n");
    assert.match(client.got(), /^-ERR the request cannot be read\r\n-ERR\r\n-ERR the request cannot be read\r\n\+1\r\n\+2\r\n-ERR no route[^\r]*\r\n\+3\r\n$/);
  });

  test("and inside a transaction they spoil it", async () => {
    const client = warm(await open(), "a").send(`MULTI\r\nSET a:1 x\r\nS"ET" a:2 x\r\nEXEC\r\n`);
    client.lane("a").send(OK + QUEUED + OK);
    assert.match(client.got(), /^\+OK\r\n\+QUEUED\r\n-ERR the request cannot be read\r\n-EXECABORT /);
  });

  test("a large command or answer that turns out to be none: the connection closes", async () => {
    const world = await open(), client = warm(world, "a").send(Buffer.concat([Buffer.from("*100000\r\n$4\r\nSADD\r\n$3\r\na:1\r\n"), Buffer.from("$1\r\nk\r\n".repeat(20_000)), Buffer.from(":1\r\n")]));
    assert.match(client.got(), /^-ERR Protocol error: expected '\$', got ':'\r\n$/);
    assert.equal(client.connection.closed, true);
    const asker = warm(world, "a", "b").send(say("GET a:1", "GET b:1"));
    asker.lane("b").send("$1\r\nb\r\n");
    // its beginning is with the client when the rest turns out to be none
    asker.lane("a").send(`*100000\r\n${":1\r\n".repeat(20_000)}`);
    asker.lane("a").send("?\r\n");
    assert.doesNotMatch(asker.got(), /\$1\r\nb/);
    assert.equal(asker.connection.closed, true);
  });
});
