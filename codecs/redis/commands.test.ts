/** The command table against real servers: where keys are, what may run twice, what waits, what no transaction takes. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { buildAll } from "../../harness/build/all.ts";
import { Inspector, type InspectLine } from "../../harness/emulator/inspector.ts";
import { command, RespClient, RespError, type RedisServer, type Reply, startRedis } from "../../harness/peers/redis/index.ts";

interface Known { name: string[]; arity: number; flags: string[] }

/** Arguments of commands whose keys only their own words tell; others are given words without a meaning. */
const SPOKEN = `
  BLMPOP 1 2 a b LEFT|BZMPOP 1 2 a b MIN COUNT 3|LMPOP 2 a b LEFT|ZMPOP 1 a MIN|MSETEX 2 a 1 b 2 NX|MSETEX 1 a 1 EX 10
  EVAL s 2 a b c|EVAL s 0 c|EVALSHA s 1 a|EVAL_RO s 2 a b|EVALSHA_RO s 1 a b|FCALL f 2 a b|FCALL f 1 a b c|FCALL_RO f 1 a
  GEORADIUS k 1 2 3 m STORE a|GEORADIUS k 1 2 3 m COUNT 3 ANY STOREDIST a|GEORADIUS k 1 2 3 m WITHDIST|GEORADIUSBYMEMBER k m 3 m STORE a|GEORADIUSBYMEMBER k store 3 m
  MIGRATE h 1 k 0 10|MIGRATE h 1  0 10 KEYS a b|MIGRATE h 1  0 10 COPY REPLACE AUTH x KEYS a b|MIGRATE h 1  0 10 AUTH2 x keys KEYS a
  SORT k|SORT k BY w_* GET o_* LIMIT 0 5 DESC ALPHA STORE a|SORT k BY store GET x|SORT k LIMIT store 1|SORT_RO k BY w_*
  XREAD STREAMS a b 0 0|XREAD COUNT 2 BLOCK 5 STREAMS a 0|XREAD BLOCK 5 COUNT 2 STREAMS a b c 0 0 0|XREADGROUP GROUP g c STREAMS a >
  XREADGROUP GROUP streams c NOACK STREAMS a b > >|XREADGROUP GROUP g streams BLOCK 5 COUNT 2 STREAMS a >
  ZINTER 2 a b WEIGHTS 1 2|ZUNION 1 a|ZDIFF 2 a b WITHSCORES|ZINTERCARD 2 a b LIMIT 1|SINTERCARD 2 a b|ZINTERSTORE d 2 a b|ZUNIONSTORE d 1 a|ZDIFFSTORE d 2 a b
  MEMORY USAGE k|MEMORY USAGE k SAMPLES 5|STRALGO LCS KEYS a b|STRALGO LCS STRINGS a b|STRALGO LCS IDX KEYS a b LEN|STRALGO LCS KEYS keys b
`.split(/[|\n]/).map((line) => line.trim()).filter(Boolean).map((line) => line.split(" "));

const WAITING: [string, number | "ever"][] = [
  ["BLPOP k 0.1", 100], ["BLPOP k a 2.75", 2750], ["BRPOP k 1", 1000], ["BZPOPMIN k .5", 500], ["BZPOPMAX k 10.0004", 10_000], ["BZPOPMAX k 1.23456", 1234], ["BLMOVE a b LEFT RIGHT 3", 3000],
  ["BRPOPLPUSH a b 7", 7000], ["BLMPOP 0.25 1 k LEFT", 250], ["BZMPOP 4 2 a b MIN", 4000], ["XREAD BLOCK 1500 STREAMS k $", 1500], ["XREAD COUNT 1 BLOCK 20 STREAMS block 0", 20],
  ["XREADGROUP GROUP block c BLOCK 99 STREAMS k >", 99], ["WAIT 1 300", 300], ["WAITAOF 1 0 400", 400],
  ...["BLPOP k 0", "BLPOP k 0.0", "BLPOP k 0.0004", "BLPOP k 1e3", "BLPOP k 99999999999", "BLMPOP 0 1 k LEFT", "XREAD BLOCK 0 STREAMS k $", "WAIT 1 0", "PSYNC ? -1", "SYNC"].map((line): [string, "ever"] => [line, "ever"]),
];
const NOT_WAITING = ["XREAD STREAMS block 7", "XREADGROUP GROUP block 7 STREAMS block >", "XREAD COUNT 7 STREAMS k 0", "GET k", "SUBSCRIBE x", "MONITOR"];

/** Commands, or subcommands, that reach keys which they do not name: docs/filters/auth.md says why. */
const UNSEEN = new Set(`keys scan randomkey clusterscan flushdb flushall swapdb replicaof slaveof failover psync sync monitor eval eval_ro evalsha evalsha_ro
  fcall fcall_ro slowlog commandlog debug module|load module|loadex module|unload cluster|addslots cluster|addslotsrange cluster|bumpepoch
  cluster|cancelslotmigrations cluster|delslots cluster|delslotsrange cluster|failover cluster|flushslot cluster|flushslots cluster|forget
  cluster|getkeysinslot cluster|meet cluster|migrateslots cluster|replicate cluster|reset cluster|saveconfig cluster|set-config-epoch cluster|setslot
  cluster|syncslots`.split(/\s+/));
/** Redis 6 tells of no subcommands. */
const CONTAINERS = ["cluster", "module"];

/** Redis 6 has them in its list. */
const HTTP = ["post", "host:"];

let inspector: Inspector;
before(async () => {
  const [module] = await buildAll(["redis"]);
  inspector = Inspector.load(module!.wasm);
});

/** What the codec says of a command on a new connection, or behind others. */
function read(args: string[], ...before: string[][]): InspectLine {
  const inspection = inspector.open("redis");
  for (const each of before) inspection.feed("request", command(...each));
  const lines = [...inspection.feed("request", command(...args)), ...inspection.finish("request")];
  inspection.close();
  assert.equal(lines.length, 1, JSON.stringify(lines));
  return lines[0]!;
}

const valuesOf = (args: string[], key: string): unknown[] => [(read(args).metadata as Record<string, unknown>)?.[key] ?? []].flat();
const keysOf = (args: string[]): unknown[] => valuesOf(args, "key").filter((value) => typeof value === "string");
/** It may reach keys, or databases, that it does not name. */
const reachesMore = (args: string[], key = "key"): boolean => valuesOf(args, key).some((value) => typeof value === "object");

test("the times that commands wait", () => {
  for (const [line, wait] of WAITING) assert.equal(read(line.split(" ")).wait, wait === "ever" ? 0x7fffffff : wait, line);
  for (const line of NOT_WAITING) assert.equal(read(line.split(" ")).wait, undefined, line);
});

test("what of a command's own words makes it reach further", () => {
  const further: Record<string, [key: boolean, database: boolean]> = {
    "SORT k": [false, false], "SORT k BY nosort GET # STORE d": [false, false], "SORT k BY w_*": [true, false], "SORT_RO k GET # GET w_*->f": [true, false],
    "SORT k LIMIT by w_*": [false, false], "MOVE k 5": [false, true], "COPY a b": [false, false], "COPY a b DB 5": [false, true], "SET k v": [false, false],
    "EVAL s 0": [true, true], "EVAL s 1 k": [true, true], "JSON.SET k $ 1": [true, true], "DEBUG POPULATE 1 secret: 8": [true, true], "DEBUG OBJECT k": [false, false],
    "CLIENT TRACKING ON": [false, false], "CLIENT TRACKING ON PREFIX a BCAST": [true, true], "CLUSTER SLOTS": [false, false], "CLUSTER NEWER": [true, true],
    "MODULE LIST": [false, false], "FLUSHDB": [true, false], "FLUSHALL": [true, true], "CONFIG GET x": [false, false], "DBSIZE": [false, false],
  };
  for (const [line, [key, database]] of Object.entries(further)) {
    assert.deepEqual([reachesMore(line.split(" ")), reachesMore(line.split(" "), "database")], [key, database], line);
  }
  assert.deepEqual(keysOf(["DEBUG", "DIGEST-VALUE", "a", "b"]), ["a", "b"]);
  assert.deepEqual(keysOf(["JSON.SET", "k", "$", "1"]), ["k"]);
});

for (const kind of ["valkey", "redis"] as const) {
  describe(kind, () => {
    let server: RedisServer, client: RespClient, all: Known[];

    before(async () => {
      server = await startRedis({ kind });
      client = await RespClient.connect(server.port);
      all = (await client.call("COMMAND") as Reply[][]).flatMap(known);
    });
    after(async () => {
      await client?.close();
      await server?.stop();
    });

    /** A command, or each of its subcommands. */
    function known([name, arity, flags, , , , , , , subcommands]: Reply[]): Known[] {
      const parts = Array.isArray(subcommands) ? subcommands as Reply[][] : [];
      if (parts.length > 0) return parts.flatMap(known);
      return [{ name: String(name).split("|"), arity: Number(arity), flags: (flags as Reply[]).map(String) }];
    }

    /** The server's own answer; null: it has none for these arguments. */
    async function keysOfServer(args: string[]): Promise<string[] | null> {
      const reply = await client.call("COMMAND", "GETKEYS", ...args);
      if (!(reply instanceof RespError)) return (reply as Reply[]).map(String);
      return /has no key/.test(reply.message) ? [] : null;
    }

    test("the keys of every command are where the server finds them", async () => {
      const spoken = new Set(SPOKEN.map(([name]) => name!.toLowerCase()));
      let compared = 0;
      for (const { name, arity } of all) {
        if (spoken.has(name[0]!)) continue;
        const least = Math.abs(arity), most = arity < 0 ? least + 4 : least;
        for (let count = least; count <= most; count++) {
          const args = [...name, ...Array.from({ length: count - name.length }, (_, i) => `arg${i + 1}`)], there = await keysOfServer(args);
          if (there === null) continue;
          assert.deepEqual(keysOf(args), there, args.join(" "));
          compared++;
        }
      }
      assert.ok(compared > 500, `only ${compared} were compared`);
    });

    /** Redis 6 has no word for a script without keys, and takes a password "keys" for an option. */
    const isMisread = (args: string[]): boolean => kind === "redis" && (args.join(" ") === "EVAL s 0 c" || args.includes("AUTH2"));

    test("and of those whose keys only their words tell", async () => {
      let compared = 0;
      const names = new Set(all.map(({ name }) => name[0]));
      for (const args of SPOKEN) {
        if (!names.has(args[0]!.toLowerCase()) || isMisread(args)) continue;
        // Redis 6 tells a destination last
        assert.deepEqual(keysOf(args).sort(), (await keysOfServer(args) ?? []).sort(), args.join(" "));
        compared++;
      }
      assert.ok(compared >= 30, `only ${compared} were compared`);
      const movable = all.filter(({ flags }) => flags.includes("movablekeys") || flags.includes("movable_keys")).map(({ name }) => name[0]!.toUpperCase());
      assert.deepEqual(movable.filter((name) => !SPOKEN.some(([each]) => each === name)), [], "all of them are spoken of");
    });

    test("what reaches keys that it does not name is known, and nothing else is taken for it", () => {
      for (const { name, arity } of all) {
        const args = [...name, ...Array.from({ length: Math.abs(arity) - name.length }, () => "1")], known = UNSEEN.has(name.join("|")) || UNSEEN.has(name[0]!);
        if (name.length > 1 || !CONTAINERS.includes(name[0]!)) assert.equal(reachesMore(args), known, name.join(" "));
      }
    });

    test("subcommands of DEBUG that name keys, as its help tells", async () => {
      const help = (await client.call("DEBUG", "HELP") as Reply[]).map(String).filter((line) => /^[A-Z]/.test(line));
      let named = 0;
      for (const line of help.slice(1)) {
        const [subcommand, ...more] = line.replace(/^DEBUG /, "").split(" ");
        const keys = more.filter((word) => /^\[?<key>$/.test(word)).map((_, i) => `k${i}`);
        assert.deepEqual(keysOf(["DEBUG", subcommand!, ...keys]), keys, line);
        assert.equal(reachesMore(["DEBUG", subcommand!, ...keys]), keys.length === 0, line);
        named += keys.length;
      }
      assert.ok(named >= 5, help.join("\n"));
    });

    test("what may run twice is what the server calls read-only, and what changes nothing at all", () => {
      const harmless = ["ping", "echo", "info", "time", "lastsave", "role", "object", "xinfo", "memory"];
      for (const { name, arity, flags } of all.filter(({ name }) => !HTTP.includes(name[0]!))) {
        const args = [...name, ...Array.from({ length: Math.abs(arity) - name.length }, () => "1")], { safe } = read(args);
        if (flags.includes("readonly")) assert.equal(safe, true, name.join(" "));
        else if (safe) assert.ok(harmless.includes(name[0]!) && !flags.includes("write"), name.join(" "));
      }
    });

    test("what blocks is known to wait", () => {
      const blocking = all.filter(({ flags }) => flags.includes("blocking")).map(({ name }) => name[0]!.toUpperCase());
      assert.deepEqual(blocking.filter((name) => !WAITING.some(([line]) => line.startsWith(name))), []);
    });

    test("what the server takes in no transaction is not answered with QUEUED here", () => {
      const here = ["save", "shutdown", "psync", "sync"];
      for (const { name, arity, flags } of all) {
        if (!flags.includes("no_multi") || here.includes(name[0]!)) continue;
        const args = [...name, ...Array.from({ length: Math.abs(arity) - name.length }, () => "on")];
        assert.match(Buffer.from(read(args, ["MULTI"]).answer!, "hex").toString(), /^-ERR /, name.join(" "));
      }
    });
  });
}
