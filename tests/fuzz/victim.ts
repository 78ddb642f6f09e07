/** A client that does nothing wrong, on the same VM with a listener of its own: it gets exactly its own answers, whatever others do. */
import { FakeHcm } from "../../harness/emulator/http2.ts";
import type { Connection, Emulator } from "../../harness/emulator/index.ts";

/** Of a listener that nothing is done to. */
export const PLAIN = {
  codec: "toy", service: "victims", options: { order: "replies" }, limits: { beatMs: 0, vmBytes: 1 << 29 },
  routes: ["a", "b"].map((name) => ({ name, match: [[{ key: "to", exact: name }]], cluster: name })),
};

export class Victim {
  private readonly hcm = new FakeHcm({ maxFrame: 1 << 20, onLane: (lane) => lane.accept() });
  private readonly connection: Connection;
  private readonly at: Record<string, string> = { a: "", b: "" };
  private owed: { id: number; to: string; body: string }[] = [];
  private next = 0;

  constructor(private readonly emulator: Emulator, root: ReturnType<Emulator["createRoot"]>, private readonly name: string) {
    this.connection = emulator.newConnection(root, this.hcm);
  }

  /** Two requests, to a server each. */
  ask(): void {
    let text = "";
    for (const to of ["b", "a"]) {
      const id = ++this.next, body = `${this.name}-${id}`.repeat(1 + id % 40), request = `call ${id} ${body.length} to=${to}\n${body}`;
      this.owed.push({ id, to, body });
      this.at[to] += request;
      text += request;
    }
    this.connection.downstream(text);
    this.emulator.drainQueues();
  }

  /** The servers answer all that they were asked; throws if they, or the client, got anything else than what is theirs. */
  answer(): void {
    if (this.owed.length === 0) return;
    for (const to of ["a", "b"]) {
      const lanes = this.hcm.lanes.filter(({ headers }) => headers["x-meltemi-cluster"] === to);
      const got = Buffer.concat(lanes.map(({ received }) => received)).toString("latin1");
      if (got !== this.at[to]) throw new Error(`the server ${to} of ${this.name} got ${shown(got)} instead of ${shown(this.at[to]!)}`);
      for (const one of this.owed) if (one.to === to) lanes.at(-1)!.send(answerTo(one));
    }
    this.emulator.drainQueues();
    const expected = this.owed.map(answerTo).join(""), got = this.connection.takeWritten().toString("latin1");
    this.owed = [];
    if (this.connection.closed) throw new Error(`${this.name} was closed`);
    if (got !== expected) throw new Error(`${this.name} got ${shown(got)} instead of ${shown(expected)}`);
  }

  close(): void { this.connection.close(); }
}

const answerTo = ({ id, body }: { id: number; body: string }): string => `ok ${id} ${body.length}\n${body}`;
const shown = (text: string): string => JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}...` : text);
