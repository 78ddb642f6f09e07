import assert from "node:assert/strict";
import { test } from "node:test";
import { type Connection } from "../../harness/emulator/index.ts";
import { call, type Config, ok, World } from "./world.ts";

const CLUSTER = "envoy.tcp_proxy.cluster";

/** A client whose connection leads through tcp_proxy to one server. */
async function inline(config: Config = {}): Promise<Inline> { return connect(await World.open({ upstream: "inline", ...config })); }

interface Inline {
  connection: Connection;
  /** Bytes from the client; what goes to the server because of them. */
  send(text: string, end?: boolean): string;
  /** Bytes from the server; what goes to the client because of them. */
  serve(text: string, end?: boolean): string;
}

function connect(world: World): Inline {
  const connection = world.emulator.newConnection(world.root, null);
  return {
    connection,
    send: (text, end = false) => {
      connection.downstream(text, end);
      world.emulator.drainQueues();
      return connection.takeForwarded().toString("latin1");
    },
    serve: (text, end = false) => {
      connection.upstream(text, end);
      world.emulator.drainQueues();
      return connection.takeWritten().toString("latin1");
    },
  };
}

test("the first request says where the connection leads; later ones that lead elsewhere are refused, by carrier", async () => {
  const { connection, send, serve } = await inline();
  assert.equal(send(call(1, "b", "hi").slice(0, 5)), "");
  assert.equal(connection.filterState.get(CLUSTER), undefined, "nothing is decided on half a request");
  assert.equal(send(call(1, "b", "hi").slice(5)), call(1, "b", "hi"));
  assert.equal(connection.filterState.get(CLUSTER)?.value, "b");
  assert.equal(send(call(2, "a") + call(3, "b")), "call 2 0 carrier=1\n" + call(3, "b"));
  assert.match(serve(ok(1, "one") + ok(2) + ok(3)), /^ok 1 3\noneerror 2 \d+ reason=RouteNotFound [^\n]*\n.*ok 3 0\n$/);
});

test("shares hold for the connection: any cluster of a request's rule that it leads to is right", async () => {
  const routes = [{ clusters: [{ name: "a", weight: 1 }, { name: "b", weight: 1 }] }];
  const seen = new Set<string>(), world = await World.open({ upstream: "inline", routes });
  for (let i = 0; i < 50; i++) {
    const { connection, send } = connect(world);
    assert.equal(send(call(1, "x") + call(2, "x")), call(1, "x") + call(2, "x"));
    seen.add(connection.filterState.get(CLUSTER)!.value);
  }
  assert.deepEqual([...seen].sort(), ["a", "b"]);
});

test("without routes all goes where tcp_proxy says", async () => {
  const { connection, send, serve } = await inline({ routes: undefined });
  assert.equal(send(call(1, "x")), call(1, "x"));
  assert.equal(connection.filterState.size, 0);
  assert.equal(serve(ok(1)), ok(1));
});

test("the codec's own answers and errors come in their turn, in place of the carrier's answers", async () => {
  for (const order of ["replies", "strict"]) {
    const { send, serve } = await inline({ options: { order } });
    const sent = send(call(1, "a") + "local 2 0\n" + call(3, "nowhere") + call(4, "a"));
    assert.equal(sent, call(1, "a") + "call 2 0 carrier=1\ncall 3 0 carrier=1\n" + call(4, "a"));
    assert.equal(serve("more 1 0\n"), "more 1 0\n");
    assert.match(serve(ok(1) + ok(2) + ok(3) + ok(4)), /^ok 1 0\nok 2 0\nerror 3 \d+ reason=RouteNotFound[^]*ok 4 0\n$/);
  }
});

test("replies of the carrier in several parts are swallowed whole", async () => {
  const { send, serve } = await inline();
  send(call(1, "a") + call(2, "none"));
  assert.match(serve("more 2 3\nabcok 2 4\ng"), /^error 2 \d+ reason=RouteNotFound|^$/);
  assert.match(serve("one" + ok(1)), /ok 1 0\n$/);
});

test("without a carrier a refused request ends the connection; one that expects no answer just vanishes", async () => {
  const { connection, send } = await inline({ options: { carrier: false } });
  assert.equal(send(call(1, "a") + "tell 2 0 to=none\n"), call(1, "a"));
  assert.equal(connection.closed, false);
  send(call(3, "none"));
  assert.equal(connection.closed, true);
});

test("signs of life are the codec's own on either side: no byte of a client's goes on, and none of a server's comes back", async () => {
  const world = await World.open({ upstream: "inline" }), { connection, send, serve } = connect(world);
  assert.equal(send(call(2, "a") + "ping 1 3 x=1\nevepong 3 4\nevil" + call(4, "a")), call(2, "a") + "ping 0 0\n" + call(4, "a"));
  assert.equal(serve("pong 0 3\nevepush 0 2\nhi" + ok(2)), "pong 1 0\npush 0 2\nhi" + ok(2), "the client's answer waits for the server's");
  assert.equal(serve("ping 3 4\nevil"), "");
  assert.equal(connection.takeForwarded().toString("latin1"), "pong 3 0\n");
  assert.deepEqual([world.count("meltemi_dropped_messages"), world.count("meltemi_pings")], [1, 1]);
});

test("the answer to a server's sign of life does not come between the pieces of a request", async () => {
  const { connection, send, serve } = await inline();
  assert.equal(send(call(1, "a", "hello").slice(0, -2)), call(1, "a", "hello").slice(0, -2));
  assert.equal(serve("ping 3 0\n"), "");
  assert.equal(connection.takeForwarded().toString("latin1"), "");
  assert.equal(send("lo"), "lopong 3 0\n");
});

test("without a sign of life of its own, or before there is a server, a client's is answered with the server's next word", async () => {
  const { send, serve } = await inline({ options: { beat: false } });
  assert.equal(send("ping 1 0\n" + call(2, "a") + "ping 3 0\n"), call(2, "a"));
  assert.equal(serve(ok(2)), "pong 1 0\npong 3 0\n" + ok(2));
});

test("a server says that it goes: the client hears it in the codec's words", async () => {
  const { send, serve } = await inline({ options: { goodbye: true } });
  send(call(1, "a"));
  assert.equal(serve("bye 0 4\nevil" + ok(1)), "goodbye 0 0\n" + ok(1));
  assert.equal(serve("bye 0 0\n"), "", "once");
});

test("a sign of life before the first request goes nowhere where that request is to choose the server; with one cluster it goes there", async () => {
  const routed = await inline(), single = await inline({ routes: undefined, defaultCluster: "a" });
  assert.equal(routed.send("ping 1 0\n"), "");
  assert.equal(routed.send(call(2, "b")), call(2, "b"));
  assert.equal(routed.connection.filterState.get(CLUSTER)?.value, "b");
  assert.equal(single.send("ping 1 0\n"), "ping 0 0\n");
});

test("answers to what the codec itself has put in front of a request are swallowed", async () => {
  const { send, serve } = await inline();
  send(call(1, "a"));
  assert.equal(serve("extra 1 3\nabc" + ok(1)), ok(1));
});

test("a server that ends: each open request gets one error, then the end; a client that half-closes is served", async () => {
  const lost = await inline();
  lost.send(call(1, "a") + call(2, "a"));
  assert.match(lost.serve(ok(1), true), /^ok 1 0\nerror 2 \d+ reason=UpstreamReset/);
  assert.equal(lost.connection.closed, true);
  const local = await inline();
  local.send(call(1, "a") + "local 2 0\n" + call(3, "none"));
  assert.match(local.serve("", true), /^error 1 \d+ reason=UpstreamReset[^\n]*\n[^\n]*ok 2 0\nerror 3 \d+ reason=RouteNotFound/);
  const half = await inline();
  assert.equal(half.send(call(1, "a"), true), call(1, "a"));
  assert.equal(half.serve(ok(1)), ok(1));
  const cut = await inline();
  cut.send(call(1, "a"));
  assert.equal(cut.send("call 2", true), "");
  assert.equal(cut.serve(ok(1)), ok(1));
});

const HOLD: Config = { filters: [{ name: "hold", config: { key: "slow", value: "1", ms: 200 } }] };
const SLOW = call(2, "a", "abc", " slow=1");

test("a client that half-closes while a filter holds its request: the server gets all of it, and the end with the last", async () => {
  for (const first of ["", call(1, "a")]) {
    for (const apart of [false, true]) {
      const world = await World.open({ upstream: "inline", ...HOLD }), { connection, send, serve } = connect(world);
      let sent = send(first + SLOW + call(3, "a"), !apart);
      if (apart) sent += send("", true);
      assert.equal(connection.endForwarded, false, "the server must not take the end for that of the conversation");
      world.emulator.advance(300);
      world.emulator.tick();
      world.emulator.drainQueues();
      sent += connection.takeForwarded().toString("latin1");
      assert.equal(sent, first + call(3, "a") + SLOW, `${first} ${apart}`);
      assert.equal(connection.endForwarded, true);
      assert.equal(serve(ok(2) + ok(3)), ok(2) + ok(3));
    }
  }
});

test("the end goes on where nothing else does: behind half a request, and behind one that is refused without a word", async () => {
  for (const last of ["call 2", "tell 2 0 to=none\n"]) {
    const { connection, send } = await inline();
    send(call(1, "a"));
    send(last, true);
    assert.equal(connection.endForwarded, true, last);
    assert.equal(connection.takeForwarded().toString("latin1"), "");
  }
  const idle = await inline();
  idle.send("", true);
  assert.equal(idle.connection.closed, true, "without a request there is no server to tell");
});

test("a crowded connection hands nothing on unread, also when its client half-closes", async () => {
  const limits = { maxOpen: 4 }, many = Array.from({ length: 8 }, (_, i) => call(i + 1, i === 6 ? "none" : "a")).join("");
  const { connection, send, serve } = await inline({ limits });
  const sent = send(many, true) + serve(ok(1) + ok(2) + ok(3) + ok(4)) + connection.takeForwarded().toString("latin1");
  assert.ok(!sent.includes("to=none"), sent);
  assert.ok(sent.includes(call(8, "a")), sent);
});

test("an answer that does not come in time: a carrier opens the way for the error, and what comes late is swallowed", async () => {
  const world = await World.open({ upstream: "inline", routes: [{ cluster: "a", timeoutMs: 500 }] }), { connection, send, serve } = connect(world);
  const timedOut = /^error 1 \d+ reason=Timeout [^\n]*\n[^\n]*$/;
  for (const answers of [[ok(1), ok(1, "late")], ["more 1 0\n" + ok(1), ok(1, "late")]]) {
    send(call(1, "a") + call(2, "a"));
    assert.equal(serve(ok(2)), ok(2));
    world.emulator.advance(2000);
    assert.equal(connection.takeForwarded().toString(), "call 1 0 carrier=1\n");
    assert.match(answers.map((answer) => serve(answer)).join(""), timedOut);
    assert.equal(send(call(1, "a")), call(1, "a"));
    assert.equal(serve(ok(1, "new")), ok(1, "new"));
  }
  send(call(1, "a"));
  assert.equal(serve("ok 1 4\nab"), "");
  world.emulator.advance(2000);
  assert.match(serve("cd"), timedOut, "the rest of a late answer opens the way as well");
  assert.equal(world.count("meltemi_unknown_replies"), 0);
});

test("an answer that does not come in time, where answers have their turn: nothing can be said before it, the connection closes", async () => {
  const world = await World.open({ upstream: "inline", options: { order: "replies" }, routes: [{ cluster: "a", timeoutMs: 500 }] }), { connection, send } = connect(world);
  send(call(1, "a") + call(2, "a"));
  world.emulator.advance(2000);
  assert.equal(connection.closed, true);
  assert.equal(world.errors("Timeout"), 1);
});

test("a conversation cut at every byte is the same conversation, with mutation and 15 MiB", async () => {
  const routes = [{ match: [[{ key: "to", exact: "a" }]], cluster: "a", request: { set: { mark: "1" } }, response: { set: { by: "m" } } }];
  const text = call(1, "a", "body") + call(2, "nowhere") + call(3, "a"), answers = ok(1, "12345") + ok(2) + ok(3);
  for (let cut = 1; cut < text.length; cut++) {
    const { send, serve } = await inline({ routes });
    assert.equal(send(text.slice(0, cut)) + send(text.slice(cut)), `call 1 4 to=a mark=1\nbodycall 2 0 carrier=1\ncall 3 0 to=a mark=1\n`);
    const at = Math.min(cut, answers.length);
    assert.match(serve(answers.slice(0, at)) + serve(answers.slice(at)), /^ok 1 5 by=m\n12345error 2 [^\n]*\n[^\n]*ok 3 0 by=m\n$/);
  }
  const big = "x".repeat(15 << 20), { send, serve } = await inline({ routes: undefined });
  let sent = "";
  for (let at = 0, all = call(1, "a", big); at < all.length; at += 1 << 16) sent += send(all.slice(at, at + (1 << 16)));
  assert.equal(sent, call(1, "a", big));
  assert.equal(serve(ok(1, big)), ok(1, big));
});

test("a connection goes on after 2 GiB", async () => {
  const { connection, send } = await inline(), size = 256 << 10, frame = Buffer.from(`tell 1 ${size} to=a\n${"x".repeat(size)}`);
  for (let sent = 0; sent <= 2 ** 31; sent += frame.length) {
    connection.downstream(frame);
    assert.equal(connection.takeForwarded().length, frame.length, `after ${sent} bytes`);
  }
  assert.equal(send(call(2, "a")), call(2, "a"));
});

test("bytes that cannot be read pass both ways as they are, and so does either end", async () => {
  const { connection, send, serve } = await inline({ defaultCluster: "d", opaque: "allow" });
  assert.equal(send("tls 0 0\nraw"), "tls 0 0\nraw");
  assert.equal(connection.filterState.get(CLUSTER)?.value, "d");
  assert.equal(serve("no answer of the protocol"), "no answer of the protocol");
  assert.equal(serve("the last", true), "the last");
  assert.equal(connection.closed, false, "the client may go on");
  assert.equal(send("more"), "more");
  assert.equal(send("last", true), "last");
});
