/**
 * Damaged and odd requests on real servers: what they execute, as MONITOR tells it, against what `decode` says. Where decode does not know
 * of a command, or of a key of it, a rule would be passed by. MELTEMI_DIFFERENTIAL_FRAMES and MELTEMI_DIFFERENTIAL_SEED: more of them, or others.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { buildAll } from "../../harness/build/all.ts";
import { Inspector } from "../../harness/emulator/inspector.ts";
import { command, type RedisServer, startRedis } from "../../harness/peers/redis/index.ts";
import { Damage } from "./damage.ts";
import { difference, readingOf, Watcher } from "./redis.ts";

const COUNT = Number(process.env.MELTEMI_DIFFERENTIAL_FRAMES ?? 6000), SEED = Number(process.env.MELTEMI_DIFFERENTIAL_SEED ?? 1);
/** Connections at the same time. */
const AT_ONCE = 200;

/** What RESP and lines of words are made of. */
const BYTES = [..."*$\r\n\r\n0123456789-+ \t\v\f\"'\\x:%>~_#,(!=|\0ab"].map((each) => each.charCodeAt(0));

const LINES = `
  SET k v|GET k|DEL a b c|MSET a 1 b 2|COPY a b|RENAME a b|SORT l STORE d|SORT l LIMIT 0 1 GET # STORE d|SORT l BY w_* GET o_*|EVAL return(1) 2 a b c|EVAL return(1) 0 a
  ZUNIONSTORE d 2 a b WEIGHTS 1 2|ZINTER 2 a b|GEORADIUS k 1 2 3 m STORE d|GEORADIUSBYMEMBER k m 3 m STOREDIST d|XREAD COUNT 2 STREAMS a b 0 0|XADD s * f v|XRANGE s - +
  BITOP AND d a b|LPUSH l 3 1 2|OBJECT ENCODING k|OBJECT HELP|SMOVE a b m|PFMERGE d a b|MEMORY USAGE k SAMPLES 5|EXISTS k k|TOUCH a b|HSET h a 1 b 2|LMPOP 2 a b LEFT|SINTERCARD 2 a b LIMIT 1
  PING|ECHO hello|DBSIZE|KEYS *|SCAN 0|PUBLISH c m|MSETNX a 1 b 2|GETRANGE k 0 -1|ZADD z 1 a 2 b|INCRBY n 5|APPEND k xyz
`.split(/[|\n]/).map((line) => line.trim()).filter(Boolean).map((line) => line.split(" "));

const [module] = await buildAll(["redis"]);
const inspector = Inspector.load(module!.wasm);

/** A word as an inline command has it: plain, quoted, or with escapes. */
function quoted(word: string, how: number): string {
  if (how === 0) return `"${word}"`;
  if (how === 1) return `'${word}'`;
  if (how === 2) return `"${[...word].map((each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, "0")}`).join("")}"`;
  return word;
}

/** Up to four commands in a row, as arrays or as lines. */
function stream(damage: Damage): Buffer {
  const commands = Array.from({ length: 1 + damage.below(4) }, () => {
    const line = LINES[damage.below(LINES.length)]!;
    if (damage.below(3) > 0) return command(...line);
    return Buffer.from(line.map((word) => quoted(word, damage.below(12))).join(damage.below(8) === 0 ? "\t " : " ") + (damage.below(8) === 0 ? "\n" : "\r\n"));
  });
  return Buffer.concat(commands);
}

for (const kind of ["redis", "valkey"] as const) {
  describe(kind, () => {
    let server: RedisServer, watcher: Watcher;
    before(async () => {
      server = await startRedis({ kind });
      watcher = await Watcher.start(server.port);
    });
    after(async () => {
      await watcher?.stop();
      await server?.stop();
    });

    /** Streams, how many commands of them were executed, and where decode says something else. */
    async function compare(make: (damage: Damage) => Buffer, count: number): Promise<{ differences: string[]; executed: number }> {
      const damage = new Damage(SEED, BYTES), differences: string[] = [];
      let executed = 0;
      for (let done = 0; done < count; done += AT_ONCE) {
        const streams = Array.from({ length: Math.min(AT_ONCE, count - done) }, () => make(damage));
        for (const [i, ran] of (await watcher.run(streams)).entries()) {
          executed += ran.length;
          const differs = difference(readingOf(inspector, streams[i]!), ran);
          if (differs) differences.push(`${differs}: ${JSON.stringify(streams[i]!.toString("latin1"))}`);
        }
      }
      return { differences, executed };
    }

    test("sound commands: it executes what decode says", async () => {
      const { differences, executed } = await compare(stream, 400);
      assert.deepEqual(differences.slice(0, 5), []);
      assert.ok(executed > 500, `only ${executed} were executed`);
    });

    test(`${COUNT} damaged streams: nothing is executed that decode does not know`, async () => {
      const { differences, executed } = await compare((damage) => damage.of(stream(damage)), COUNT);
      assert.deepEqual(differences.slice(0, 5), [], `${differences.length} of ${COUNT}`);
      assert.ok(executed > COUNT / 4, `only ${executed} were executed`);
    });
  });
}
