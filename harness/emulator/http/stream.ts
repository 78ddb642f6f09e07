import { Action } from "../abi.ts";
import type { Context, Root } from "../context.ts";
import type { Pairs } from "../pairs.ts";
import { Properties } from "../properties.ts";
import type { Vm } from "../vm.ts";
import { attribute } from "./attributes.ts";
import { Answers } from "./answers.ts";
import { Half } from "./half.ts";
import { localReply, type LocalReply } from "./localreply.ts";
import { Message } from "./message.ts";

/** Told of a request that has gone to the server whole; it may `respond` at once or later. */
export type Server = (stream: HttpStream) => void;

/** Where the server is, for attributes. */
const SERVER = "127.0.0.1:80";

/** One HTTP request and its response, with the Wasm HTTP filter in between and the router behind it. */
export class HttpStream implements Context {
  readonly connection = null;
  readonly http = this;
  readonly properties: Properties;
  readonly filterState = new Map<string, { value: string; span: number }>();
  readonly request: Half;
  readonly response: Half;
  /** The request as the server gets it. */
  readonly upstream: Message;
  /** The response as the client gets it. */
  readonly client: Message;
  /** The client saw the stream end before its answer did. */
  reset = false;
  closed = false;
  /** Of the last callback, of either direction. */
  endOfStream = false;
  /** Access logs are written: header maps can be read, not changed. */
  logging = false;
  /** How often the module had the route chosen anew, by changing request headers or asking for it. */
  routesCleared = 0;
  /** Envoy's response code details, "" before there is a response. */
  details = "";
  private readonly answers = new Answers(this);

  constructor(private readonly vm: Vm, readonly id: number, readonly root: Root, readonly startedAt: bigint, server: Server | null) {
    this.properties = new Properties(root.properties, path => attribute(this, path));
    this.upstream = new Message(() => this.routed() && server?.(this));
    this.client = new Message(() => this.finish());
    this.request = new Half(this, (part, ...args) => this.answers.during(() => this.run(`proxy_on_request_${part}`, args)), this.upstream);
    this.response = new Half(this, (part, ...args) => this.run(`proxy_on_response_${part}`, args), this.client);
  }

  /**
   * Headers from the client, pseudo headers among them; makes the context. `end`: there is no body. What Envoy adds is added
   * where it is missing: `:scheme` and `x-forwarded-proto`.
   */
  requestHeaders(headers: Pairs, end = true): this {
    if (this.closed) return this;
    this.vm.call("proxy_on_context_create", this, this.id, this.root.id);
    const added: Pairs = [[":scheme", "http"], ["x-forwarded-proto", "http"]];
    this.request.onHeaders([...headers, ...added.filter(([name]) => !headers.some(([each]) => each === name))], end);
    return this;
  }

  requestBody(bytes: Uint8Array | string, end = true): this {
    if (!this.request.stopped) this.request.onData(Buffer.from(bytes as Uint8Array), end);
    return this;
  }

  requestTrailers(trailers: Pairs): this {
    if (!this.request.stopped) this.request.onTrailers(trailers);
    return this;
  }

  /** A METADATA frame of HTTP/2. */
  requestMetadata(pairs: Pairs): this {
    if (!this.request.stopped) this.request.onMetadata(pairs);
    return this;
  }

  responseMetadata(pairs: Pairs): this {
    if (!this.response.stopped) this.response.onMetadata(pairs);
    return this;
  }

  /** Answers as the server. A body ends the response unless trailers follow. */
  respond(headers: Pairs, body: Uint8Array | string = "", trailers?: Pairs): this {
    this.responseHeaders(headers, body.length === 0 && !trailers);
    if (body.length > 0) this.responseBody(body, !trailers);
    return trailers ? this.responseTrailers(trailers) : this;
  }

  responseHeaders(headers: Pairs, end = true): this {
    if (this.response.stopped || this.response.begun) return this;
    this.details ||= "via_upstream";
    this.properties.set(["upstream", "address"], SERVER);
    this.response.onHeaders(headers, end);
    return this;
  }

  responseBody(bytes: Uint8Array | string, end = true): this {
    if (!this.response.stopped) this.response.onData(Buffer.from(bytes as Uint8Array), end);
    return this;
  }

  responseTrailers(trailers: Pairs): this {
    if (!this.response.stopped) this.response.onTrailers(trailers);
    return this;
  }

  /** Answers in place of the server: `proxy_send_local_response`, after its callback. */
  answer(reply: LocalReply): void { if (!this.closed) this.answers.answer(reply); }

  /** Ends it without an answer, or in the middle of one: the client goes away, or `proxy_close_stream` after its callback. */
  abort(why = "downstream_remote_disconnect"): void {
    this.reset = true;
    this.details ||= why;
    this.finish();
  }

  /** The VM died: 503 for the client, nothing for the module. */
  fail(): void {
    if (this.closed) return;
    this.closed = this.request.stopped = this.response.stopped = true;
    this.details = "wasm_fail_stream";
    if (this.response.left) this.reset = true;
    else this.client.headers(localReply({ code: 503, body: Buffer.alloc(0), headers: [], grpcStatus: 14, details: this.details }).headers, true);
  }

  /** Envoy's router finds nothing without a header that modules are apt to lose when they replace all. */
  private routed(): boolean {
    if (this.upstream.field("x-forwarded-proto")) return true;
    this.answer({ code: 404, body: Buffer.alloc(0), headers: [], grpcStatus: -1, details: "route_not_found" });
    return false;
  }

  private finish(): void {
    if (this.closed) return;
    this.closed = this.request.stopped = this.response.stopped = true;
    this.logging = true;
    this.vm.call("proxy_on_log", this, this.id);
    this.logging = false;
    this.vm.call("proxy_on_done", this, this.id);
    this.vm.call("proxy_on_delete", this, this.id);
  }

  private run(name: string, args: number[]): number { return this.vm.call(name, this, this.id, ...args) ?? Action.Continue; }
}
