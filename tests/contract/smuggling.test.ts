import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openRooms, type Room } from "./rooms.ts";
import { holds, type Kind, KINDS, type SmugglingCase, smugglingCases } from "./smuggling.ts";

/** What people learn from has no cases of its own; nothing real stands behind it. */
const WITHOUT = ["toy", "awesomerpc"];

const rooms = await openRooms();
for (const room of rooms) if (!WITHOUT.includes(room.name)) await suite(room);

async function suite({ name, folder, wasm }: Room): Promise<void> {
  const { cases, none } = await smugglingCases(folder);
  void describe(`${name}: nothing is smuggled`, () => tests(name, wasm, cases, none));
}

function tests(codec: string, wasm: string, cases: SmugglingCase[], none: Partial<Record<Kind, string>>): void {
  for (const one of cases) {
    const ways = one.inline === false ? ["lanes"] as const : ["lanes", "inline"] as const;
    for (const upstream of ways) {
      it(`${one.name}, ${upstream}`, () => {
        for (const pieces of ["whole", "bytes"] as const) holds(wasm, codec, one, upstream, pieces);
      });
    }
  }
  it("names of cases are unique", () => {
    const names = cases.map(({ name }) => name);
    assert.deepEqual(names.filter((name, at) => names.indexOf(name) !== at), []);
  });
  it("there are cases of every kind, or a reason why not", () => {
    const kinds = Object.keys(KINDS) as Kind[];
    const missing = kinds.filter((kind) => !none[kind] && !cases.some((one) => one.kind === kind));
    assert.deepEqual(missing, []);
    for (const one of cases) assert.ok(one.kind in KINDS && one.why && one.forbidden.length > 0, `${one.name}: kind, why and forbidden must be there`);
  });
}
