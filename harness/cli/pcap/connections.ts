import { Trouble } from "../../tools/progress.ts";
import { readCapture } from "./file.ts";
import { LINKS, segmentOf, type Segment } from "./segment.ts";
import { Stream } from "./stream.ts";

/** Bytes of one side of one connection, in the order of the capture. `connection` is `client > server`. */
export interface Piece { connection: string; direction: "request" | "response"; bytes: Buffer }
/** Something about a connection that was not captured in full, for people. */
export interface Note { connection: string; text: string }

interface Conversation { client: string; name: string; request: Stream; response: Stream; lost: number }

/**
 * The TCP connections of a capture. The client is who sent the SYN, or whoever talks to `port`; with a port, only its
 * connections are read. Throws Trouble if the capture cannot be read or nothing tells who the client is.
 */
export function connectionsOf(file: Buffer, port?: number): { pieces: Piece[]; notes: Note[] } {
  const packets = readCapture(file), strange = packets.find(({ link }) => !LINKS.has(link));
  if (strange) throw new Trouble(`packets of link type ${strange.link} cannot be read; those that can: ${[...LINKS].sort((a, b) => a - b).join(", ")}`);
  const segments = packets.map(segmentOf).filter((segment): segment is Segment => segment !== null)
    .filter(segment => port === undefined || segment.fromPort === port || segment.toPort === port);
  const open = new Map<string, Conversation>(), all: Conversation[] = [], pieces: Piece[] = [];
  for (const segment of segments) {
    const conversation = conversationOf(segment, open, all, segments, port);
    const direction = segment.from === conversation.client ? "request" : "response";
    const stream = conversation[direction];
    if (segment.syn) stream.start(segment.sequence + 1);
    const bytes = stream.take(segment.syn ? segment.sequence + 1 : segment.sequence, segment.payload);
    conversation.lost += segment.lost;
    if (bytes.length > 0) pieces.push({ connection: conversation.name, direction, bytes });
  }
  return { pieces, notes: all.flatMap(notesOn) };
}

/** The conversation of a segment; a fresh SYN between the same two ports starts a new one. */
function conversationOf(segment: Segment, open: Map<string, Conversation>, all: Conversation[], segments: Segment[], port?: number): Conversation {
  const pair = [segment.from, segment.to].sort().join(" ");
  const known = open.get(pair);
  const fresh = segment.syn && !segment.ack && known && known.request.length + known.response.length > 0;
  if (known && !fresh) return known;
  const client = clientOf(segment, segments, port), server = client === segment.from ? segment.to : segment.from;
  const same = all.filter(each => each.name.startsWith(`${client} > ${server}`)).length;
  const name = `${client} > ${server}${same > 0 ? ` (${same + 1})` : ""}`;
  const conversation = { client, name, request: new Stream(), response: new Stream(), lost: 0 };
  open.set(pair, conversation);
  all.push(conversation);
  return conversation;
}

function clientOf(segment: Segment, segments: Segment[], port?: number): string {
  if (segment.syn) return segment.ack ? segment.to : segment.from;
  if (port !== undefined && segment.fromPort !== segment.toPort) return segment.toPort === port ? segment.from : segment.to;
  const syn = segments.find(each => each.syn && [each.from, each.to].sort().join() === [segment.from, segment.to].sort().join());
  if (syn) return syn.ack ? syn.to : syn.from;
  throw new Trouble(`the connection between ${segment.from} and ${segment.to} began before the capture: say which port is the server's with --port`);
}

function notesOn({ name, request, response, lost }: Conversation): Note[] {
  const gaps = ([["client", request], ["server", response]] as const).filter(([, stream]) => stream.gap > 0);
  return [
    ...gaps.map(([who, stream]) => ({ connection: name, text: `${stream.gap} bytes of the ${who} are missing from the capture after its first ${stream.length}` })),
    ...(lost > 0 ? [{ connection: name, text: `${lost} bytes were cut off by the capture's snap length` }] : []),
  ];
}
