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
 * connections are read. `steps`: what it cost, in comparisons. Throws Trouble if the capture cannot be read or nothing tells who the client is.
 */
export function connectionsOf(file: Buffer, port?: number): { pieces: Piece[]; notes: Note[]; steps: number } {
  const packets = readCapture(file), strange = packets.find(({ link }) => !LINKS.has(link));
  if (strange) throw new Trouble(`packets of link type ${strange.link} cannot be read; those that can: ${[...LINKS].sort((a, b) => a - b).join(", ")}`);
  const segments = packets.map(segmentOf).filter((segment): segment is Segment => segment !== null)
    .filter(segment => port === undefined || segment.fromPort === port || segment.toPort === port);
  const conversations = new Conversations(segments, port), pieces: Piece[] = [];
  for (const segment of segments) {
    const conversation = conversations.of(segment);
    const direction = segment.from === conversation.client ? "request" : "response";
    const stream = conversation[direction];
    if (segment.syn) stream.start(segment.sequence + 1);
    const bytes = stream.take(segment.syn ? segment.sequence + 1 : segment.sequence, segment.payload);
    conversation.lost += segment.lost;
    if (bytes.length > 0) pieces.push({ connection: conversation.name, direction, bytes });
  }
  const { all } = conversations, steps = all.reduce((sum, { request, response }) => sum + request.steps + response.steps, 0);
  return { pieces, notes: all.flatMap(notesOn), steps };
}

const pairOf = ({ from, to }: Segment): string => (from < to ? `${from} ${to}` : `${to} ${from}`);

class Conversations {
  readonly all: Conversation[] = [];
  private readonly open = new Map<string, Conversation>();
  /** How many there were of a name. */
  private readonly counts = new Map<string, number>();
  /** The first SYN of each pair, which may have been captured late. */
  private readonly syns = new Map<string, Segment>();

  constructor(segments: readonly Segment[], private readonly port?: number) {
    for (const segment of segments) if (segment.syn && !this.syns.has(pairOf(segment))) this.syns.set(pairOf(segment), segment);
  }

  /** A fresh SYN between the same two ports starts a new one. */
  of(segment: Segment): Conversation {
    const pair = pairOf(segment), known = this.open.get(pair);
    const fresh = segment.syn && !segment.ack && known && known.request.length + known.response.length > 0;
    if (known && !fresh) return known;
    const client = this.clientOf(segment), server = client === segment.from ? segment.to : segment.from;
    const plain = `${client} > ${server}`, count = (this.counts.get(plain) ?? 0) + 1;
    this.counts.set(plain, count);
    const conversation = { client, name: count > 1 ? `${plain} (${count})` : plain, request: new Stream(), response: new Stream(), lost: 0 };
    this.open.set(pair, conversation);
    this.all.push(conversation);
    return conversation;
  }

  private clientOf(segment: Segment): string {
    const { from, to, fromPort, toPort } = segment;
    if (segment.syn) return segment.ack ? to : from;
    if (this.port !== undefined && fromPort !== toPort) return toPort === this.port ? from : to;
    const syn = this.syns.get(pairOf(segment));
    if (syn) return syn.ack ? syn.to : syn.from;
    throw new Trouble(`the connection between ${from} and ${to} began before the capture: say which port is the server's with --port`);
  }
}

function notesOn({ name, request, response, lost }: Conversation): Note[] {
  const gaps = ([["client", request], ["server", response]] as const).filter(([, stream]) => stream.gap > 0);
  return [
    ...gaps.map(([who, stream]) => ({ connection: name, text: `${stream.gap} bytes of the ${who} are missing from the capture after its first ${stream.length}` })),
    ...(lost > 0 ? [{ connection: name, text: `${lost} bytes were cut off by the capture's snap length` }] : []),
  ];
}
