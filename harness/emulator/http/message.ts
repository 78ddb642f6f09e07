import type { Pairs } from "../pairs.ts";
import type { Headers } from "./headers.ts";
import type { Next } from "./half.ts";

/** A request or response as it arrived at the other end. */
export class Message implements Next {
  /** Empty until they came. */
  fields: Pairs = [];
  /** Null: none came. */
  trailing: Pairs | null = null;
  ended = false;
  private pieces: Buffer[] = [];

  constructor(private readonly onEnd: () => void) {}

  get body(): Buffer { return Buffer.concat(this.pieces); }
  get status(): number { return Number(this.field(":status") ?? 0); }
  field(name: string): string | undefined { return this.fields.find(([each]) => each === name)?.[1]; }

  headers(headers: Headers, end: boolean): void {
    this.fields = headers.pairs.map(([name, value]) => [name, value]);
    this.finish(end);
  }

  data(bytes: Buffer, end: boolean): void {
    this.pieces.push(bytes);
    this.finish(end);
  }

  trailers(trailers: Headers): void {
    this.trailing = trailers.pairs.map(([name, value]) => [name, value]);
    this.finish(true);
  }

  /** Forgets what came: it is replaced by another answer. */
  clear(): void {
    this.fields = [];
    this.pieces = [];
  }

  private finish(end: boolean): void {
    if (!end || this.ended) return;
    this.ended = true;
    this.onEnd();
  }
}
