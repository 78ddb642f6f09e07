import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openRooms, type Room } from "./rooms.ts";
import { holds, type Kind, KINDS, smugglingCases } from "./smuggling.ts";

/** What people learn from has no cases of its own; nothing real stands behind it. */
const WITHOUT = ["toy", "awesomerpc"];

const rooms = await openRooms();
for (const room of rooms) if (!WITHOUT.includes(room.name)) describe(`${room.name}: nothing is smuggled`, () => suite(room));

function suite(room: Room): void {
  const { cases, none } = smugglingCases(room.folder);
  for (const one of cases) {
    const ways = one.inline === false ? ["lanes"] as const : ["lanes", "inline"] as const;
    for (const upstream of ways) {
      it(`${one.name}, ${upstream}`, () => {
        for (const pieces of ["whole", "bytes"] as const) holds(room.wasm, room.name, one, upstream, pieces);
      });
    }
  }
  it("there are cases of every kind, or a reason why not", () => {
    const kinds = Object.keys(KINDS) as Kind[];
    const missing = kinds.filter((kind) => !none[kind] && !cases.some((one) => one.kind === kind));
    assert.deepEqual(missing, []);
    for (const one of cases) assert.ok(one.kind in KINDS && one.why && one.forbidden.length > 0, `${one.name}: kind, why and forbidden must be there`);
  });
}
