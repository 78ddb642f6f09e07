/** Tables of many rules: a thousand exact ones cost what ten do, and what is found is what one would find by looking at each in turn. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildGuest } from "../../harness/build/all.ts";
import { countedWasm, workOf } from "../../harness/build/counted.ts";
import { FakeHcm } from "../../harness/emulator/http2.ts";
import { Emulator } from "../../harness/emulator/index.ts";

type Matcher = Record<string, unknown>;
interface Rule { name: string; match: Matcher[][]; cluster: string }

const rule = (n: number, ...match: Matcher[][]): Rule => ({ name: `r${n}`, match, cluster: `c${n}` });
const many = (count: number): Rule[] => Array.from({ length: count }, (_, n) => rule(n, [{ key: "to", exact: `v${n}` }]));
const call = (id: number, fields: string): string => `call ${id} 0 ${fields}\n`;

test("a request costs as much with 1,000 exact rules as with 10, whichever it finds", async () => {
  const wasm = await countedWasm(await buildGuest("tests/toy/index.ts"), "many-rules");
  const work = [10, 1000].map((count) => {
    const emulator = Emulator.load(wasm), root = emulator.createRoot(JSON.stringify({ codec: "toy", routes: many(count) }));
    const connection = emulator.newConnection(root, new FakeHcm({ onLane: (lane) => lane.accept() }));
    return [`to=v${count - 1}`, "to=nowhere", "by=x"].map((fields, i) => {
      const cost = (id: number): number => {
        const start = workOf(emulator, root);
        connection.downstream(call(id, fields));
        emulator.drainQueues();
        return workOf(emulator, root) - start;
      };
      // The first opens the lane.
      cost(10 + i);
      return cost(20 + i);
    });
  });
  for (const [i, few] of work[0]!.entries()) assert.ok(work[1]![i]! < few + 40, `${JSON.stringify(work)}`);
});

/** The same rules without a text that is found by its value: they are looked at one by one. */
function scanned(rules: Rule[]): Rule[] {
  const plain = ({ exact, ...rest }: Matcher): Matcher => (exact === undefined ? rest : { ...rest, regex: String(exact) });
  return rules.map(({ match, ...rest }) => ({ ...rest, match: match.map((all) => all.map(plain)) }));
}

/** Numbers that look like chance and are always the same. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0, Math.floor(state / 4294967296 * below));
}

function randomRules(pick: (below: number) => number): Rule[] {
  const key = (): string => ["to", "by", "of"][pick(8) ? pick(2) : 2]!, text = (): string => `v${pick(6)}`;
  const matcher = (): Matcher => ({ key: key(), ...[{ exact: text() }, { exact: text() }, { exact: text() }, { prefix: text() }, { present: true }][pick(12) ? pick(3) : pick(5)], ...(pick(15) ? {} : { invert: true }) });
  // Rules in a row share a key, mostly.
  const shared = ["to", "by"][pick(2)]!;
  const all = (): Matcher[] => [...(pick(20) ? [{ key: shared, exact: text() }] : []), ...Array.from({ length: pick(3) }, matcher)];
  const some = (list: Matcher[]): Matcher[] => (list.length > 0 ? list : [matcher()]);
  return Array.from({ length: 1 + pick(40) }, (_, n) => rule(n, ...Array.from({ length: pick(4) ? 1 : 2 }, () => some(all()))));
}

test("random tables and requests, with several values of a key or none: found as by looking at each rule in turn", async () => {
  const wasm = await buildGuest("tests/toy/index.ts"), pick = chance(7);
  let found = 0, refused = 0;
  for (let round = 0; round < 150; round++) {
    const rules = randomRules(pick), requests = Array.from({ length: 30 }, () => ["to", "by", "of"].flatMap((key) =>
      Array.from({ length: [0, 1, 1, 1, 2, 3][pick(6)]! }, () => `${key}=v${pick(7)}`)).join(" "));
    const [indexed, plain] = [rules, scanned(rules)].map((routes) => {
      const emulator = Emulator.load(wasm), root = emulator.createRoot(JSON.stringify({ codec: "toy", routes, limits: { maxLanes: 64 } }));
      const hcm = new FakeHcm({ onLane: (lane) => lane.accept() }), connection = emulator.newConnection(root, hcm);
      requests.forEach((fields, id) => {
        connection.downstream(call(id + 1, fields));
        emulator.drainQueues();
      });
      return { at: Object.fromEntries(hcm.lanes.map((lane) => [lane.headers["x-meltemi-cluster"], lane.received.toString()])), said: connection.takeWritten().toString() };
    });
    assert.deepEqual(indexed, plain, JSON.stringify(rules));
    found += Object.values(indexed!.at).join("").split("call").length - 1;
    refused += indexed!.said.split("error").length - 1;
  }
  assert.ok(found > 1000 && refused > 500, `${found} found, ${refused} refused`);
});
