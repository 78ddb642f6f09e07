import type { Changes, Direction, Inspection, InspectLine, Inspector, Value } from "../../harness/emulator/inspector.ts";
import { bytesOf, isBad, type Vector } from "./vectors.ts";
import type { Room } from "./rooms.ts";

/** What came of some bytes: lines, bytes that went on, and the name under which each asked key is shown. */
export interface Read { lines: InspectLine[]; output: Buffer; names: Map<string, string | null> }

/** Keys that a vector speaks of. */
export function keysOf(vector: Vector): string[] {
  if (isBad(vector)) return vector.hidden ?? [];
  const { metadata = {}, hidden = [], absent = [] } = vector.expect;
  return [...Object.keys(metadata), ...hidden, ...absent];
}

/** Feeds a vector's bytes (or others in their place) in the given pieces, after the request it answers. */
export function read(inspector: Inspector, room: Room, vector: Vector, pieces: Buffer[] = [bytesOf(vector)], changes?: Changes, keys = keysOf(vector)): Read {
  const inspection = opened(inspector, room, vector);
  const names = new Map(keys.map(key => [key, inspection.want(key, vector.direction)]));
  if (changes) inspection.mutate(vector.direction, changes);
  const lines = pieces.flatMap(piece => inspection.feed(vector.direction, piece));
  lines.push(...inspection.finish(vector.direction));
  const output = inspection.output(vector.direction);
  inspection.close();
  return { lines, output, names };
}

/** An inspection to which the request that a reply answers was fed already. */
export function opened(inspector: Inspector, room: Room, vector: Vector): Inspection {
  const inspection = inspector.open(room.name, vector.options ?? {}, "all", vector.guarded ?? false);
  const answers = isBad(vector) ? undefined : vector.answers;
  if (answers === undefined) return inspection;
  const request = room.vectors.find(each => each.name === answers);
  if (!request) throw new Error(`${vector.name} answers ${answers}, and there is no such vector`);
  inspection.feed("request", bytesOf(request));
  return inspection;
}

/** The metadata of a line, under the names by which a vector calls its keys. */
export function metadataOf(line: InspectLine, names: Map<string, string | null>): Record<string, Value | Value[] | undefined> {
  return Object.fromEntries([...names].map(([key, name]) => [key, name === null ? undefined : line.metadata?.[name]]));
}

export const isHidden = (value: Value | Value[] | undefined): boolean => typeof value === "object" && "hidden" in value;

const isMark = (one: Value): boolean => typeof one === "object" && "more" in one;
const listed = (value: Value | Value[] | undefined): Value[] => value === undefined ? [] : [value].flat();

/** True if a key may have values beyond those that the message names: a script's keys, say. */
export const hasMore = (value: Value | Value[] | undefined): boolean => listed(value).some(isMark);

/** What a message itself names, without the mark that there may be more. */
export function named(value: Value | Value[] | undefined): Value | Value[] | undefined {
  const values = listed(value).filter((one) => !isMark(one));
  return values.length > 1 ? values : values[0];
}

/** Keys that a mutation may change in messages of this direction; for "*" a name that nobody uses. */
export function settableKeys(room: Room, direction: Direction): string[] {
  const keys = direction === "request" ? room.traits.settableRequest : room.traits.settableResponse;
  return keys.map(key => key === "*" ? "x-meltemi-contract" : key);
}
