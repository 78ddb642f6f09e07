import { Json } from "./json";

/** True if two values say the same: members of objects in any order. Configure time only; parsed values are of bounded depth. */
export function sameJson(a: Json, b: Json): bool {
  if (a.kind != b.kind || a.bool != b.bool || a.text != b.text || a.items.length != b.items.length || a.names.length != b.names.length) return false;
  if (a.integral != b.integral || a.integer != b.integer || a.number != b.number) return false;
  for (let i = 0; i < a.items.length; i++) {
    const other = a.names.length ? b.get(a.names[i]) : b.items[i];
    if (other === null || !sameJson(a.items[i], other)) return false;
  }
  return true;
}
