import { Json } from "../../bytes/json";
import { parseJson } from "../../bytes/jsonParser";
import { PairWriter } from "../../bytes/pairs";
import { Problems } from "../../bytes/problems";
import { isUtf8 } from "../../bytes/utf8";
import { Writer } from "../../bytes/writer";
import { HttpCall } from "../../context/calls";
import { Buffer, Status } from "../../env/enums";
import { readBuffer } from "../../host/buffer";
import { logWarn } from "../../host/log";
import { JwtKey, readJwks } from "../../jwt/key";
import { Held, hold, HOLD } from "../../proxy/filter/heldRequest";
import { Failure, Reason } from "../../codec/failure";
import { now } from "../../proxy/runtime/clock";

export const NO_KEYS = new Failure(Reason.Denied, "tokens cannot be verified now");

const MAX_MS: i64 = 86_400_000;
/** After a fetch that failed, and between fetches for keys that are not known. */
const PAUSE_MS: u64 = 5000;
/** Bytes of a key set, and requests that wait for one, at most. */
const MAX_BODY: i32 = 1 << 20, MAX_WAITING: i32 = 1024;

/** A key set (JWKS) of an HTTP server: fetched again and again, kept while that cannot be done. */
@final
export class Fetch extends HttpCall {
  keys: JwtKey[] = [];
  /** How often the keys have changed. */
  version: u32 = 0;
  private cluster: string;
  private headers: PairWriter = new PairWriter();
  private timeoutMs: u32;
  private refreshMs: u64;
  private last: string = "";
  private isOpen: bool = false;
  private startedAt: u64 = 0;
  private dueAt: u64 = 0;
  private waiting: Held[] = [];

  /** {"cluster", "path", "host", "timeoutMs", "refreshMs"} */
  constructor(config: Json, problems: Problems) {
    super(null);
    problems.unknownFields(config, ["cluster", "path", "host", "timeoutMs", "refreshMs"]);
    // A query may hold a key.
    problems.hide(config, ["path"]);
    const cluster = this.cluster = problems.needText(config, "cluster"), path = problems.text(config, "path", "/");
    if (!path.startsWith("/")) problems.report(config.path() + ".path", "allowed: a path that begins with /");
    this.timeoutMs = <u32>problems.int(config, "timeoutMs", 1000, 1, MAX_MS);
    this.refreshMs = <u64>problems.int(config, "refreshMs", 300_000, 1000, MAX_MS);
    this.headers.add(":method", "GET").add(":path", path).add(":authority", problems.text(config, "host", cluster)).add("accept", "application/json");
  }

  /** Fetches the keys if it is time to. */
  refresh(): void { if (!this.isOpen && now() >= this.dueAt) this.start(); }

  /** True if keys are on their way, or may be sent for: never more often than every few seconds. */
  request(): bool {
    if (!this.isOpen && now() >= this.startedAt + PAUSE_MS) this.start();
    return this.isOpen;
  }

  /** In Filter.onRequest: the filter sees the request again when the answer has come. */
  wait(): Failure {
    if (this.waiting.length >= MAX_WAITING) return NO_KEYS;
    this.waiting.push(hold(true));
    return HOLD;
  }

  private start(): void {
    this.startedAt = now();
    this.dueAt = this.startedAt + PAUSE_MS;
    this.isOpen = this.send(this.cluster, this.headers, this.timeoutMs) == Status.Ok;
    if (!this.isOpen) this.complain("there is no such cluster");
  }

  onResponse(headers: i32, bodySize: i32, trailers: i32): void {
    this.isOpen = false;
    const status = this.status;
    if (status == 200 && bodySize <= MAX_BODY) this.take();
    else this.complain("status " + status.toString());
    const waiting = this.waiting;
    this.waiting = [];
    for (let i = 0; i < waiting.length; i++) waiting[i].resume();
  }

  private take(): void {
    const text = body();
    if (text != this.last) {
      const set = parseJson(text).value, keys = set ? readJwks(set, new Problems(), true) : [];
      if (keys.length == 0) return this.complain("no key for RS256 or ES256 in the answer");
      this.keys = keys;
      this.last = text;
      this.version++;
    }
    this.dueAt = now() + this.refreshMs;
  }

  private complain(why: string): void { logWarn("jwt: keys cannot be fetched from cluster " + this.cluster + ": " + why); }
}

/** Of the answer; empty if it is no text. */
function body(): string {
  const bytes = new Writer();
  readBuffer(Buffer.HttpCallResponseBody, bytes);
  const text = isUtf8(bytes.base, bytes.length) ? String.UTF8.decodeUnsafe(bytes.base, bytes.length) : "";
  bytes.free();
  return text;
}
