import { localReply, type LocalReply } from "./localreply.ts";
import type { Half } from "./half.ts";
import type { Message } from "./message.ts";

/** Whose answers they are: an `HttpStream`. */
interface Answered {
  readonly request: Half;
  readonly response: Half;
  readonly client: Message;
  details: string;
  responseBody(bytes: Uint8Array): unknown;
  abort(why: string): void;
}

/**
 * Answers that a module gives in place of the server. The first one of a request's callback counts, and is given once that
 * has returned; elsewhere each is given at once.
 */
export class Answers {
  /** Request callbacks under way, and what one of them has answered. */
  private requesting = 0;
  private prepared: LocalReply | null = null;

  constructor(private readonly stream: Answered) {}

  answer(reply: LocalReply): void {
    if (this.requesting > 0) this.prepared ??= reply;
    else this.give(reply);
  }

  /** Runs a callback of the request. */
  during(callback: () => number): number {
    this.requesting++;
    const result = callback(), reply = --this.requesting === 0 ? this.prepared : null;
    if (!reply) return result;
    this.prepared = null;
    this.give(reply);
    return result;
  }

  private give(reply: LocalReply): void {
    const { request, response, client } = this.stream;
    const { headers, body } = localReply(reply, request.message?.get("content-type"));
    request.stopped = true;
    this.stream.details = reply.details;
    if (!response.begun) {
      response.onHeaders(headers.pairs, body.length === 0);
      if (body.length > 0) this.stream.responseBody(body);
    } else if (!response.left) {
      // the filter does not see it: it has seen headers of another answer
      response.replace(headers);
      client.headers(headers, body.length === 0);
      if (body.length > 0) client.data(body, true);
    } else this.stream.abort(reply.details);
  }
}
