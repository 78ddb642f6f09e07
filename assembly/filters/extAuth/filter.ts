import { Json } from "../../bytes/json";
import { PairWriter } from "../../bytes/pairs";
import { Pool } from "../../bytes/pool";
import { Problems } from "../../bytes/problems";
import { Status } from "../../env/enums";
import { Counter, labelled } from "../../host/metrics";
import { Filter } from "../../proxy/filter/filter";
import { hold, HOLD } from "../../proxy/filter/heldRequest";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Frame } from "../../codec/frame";
import { Exchange } from "../../proxy/exchange/exchange";
import { Failure, Reason } from "../../codec/failure";
import { Mutation } from "../../codec/mutation";
import { AnswerHeaders } from "./answer";
import { readSent, SentHeader } from "./header";
import { Asker, Question } from "./question";

const DENIED = new Failure(Reason.Denied, "access denied");
const UNDECIDED = new Failure(Reason.Denied, "the authorization service is not available");
const TOO_MUCH = new Failure(Reason.Denied, "the request has too much metadata for the authorization service");
const UNTOLD = new Failure(Reason.Denied, "the authorization service's answer is too large");
const MAX_MS: i64 = 60_000;
/** Bytes of a call's headers, at most: what HTTP servers take; and headers: what Envoy does. */
const MAX_SENT: i32 = 32 << 10, MAX_HEADERS: i32 = 1024;
/** Bytes of an answer that its question keeps room for. */
const SMALL: i32 = 1 << 10;
const ON_FAILURE = ["deny", "allow"];

const headers: PairWriter = new PairWriter();

/** Asks an HTTP service about each request: docs/filters/ext-auth.md. */
@final
export class ExtAuthFilter extends Filter implements Asker {
  guards: bool = true;
  tickMs: i32 = 1000;
  private cluster: string = "";
  private host: string = "";
  private path: string = "";
  private timeoutMs: u32 = 0;
  private maxOpen: i32 = 0;
  /** Calls in flight. */
  private open: i32 = 0;
  private sent: SentHeader[] = [];
  private answers!: AnswerHeaders;
  /** By number, less one; and those that are asked nothing. */
  private questions: Question[] = [];
  private spare: Pool<Question> = new Pool<Question>();
  /** Where nobody answers; null: allow. */
  private undecided: Failure | null = UNDECIDED;
  private failed!: Counter;

  configure(config: Json, keys: KeyResolver, problems: Problems): void {
    problems.unknownFields(config, ["cluster", "host", "path", "timeoutMs", "maxOpen", "onFailure", "headers", "facts", "set"]);
    // A query may hold a key.
    problems.hide(config, ["path"]);
    this.cluster = problems.needText(config, "cluster");
    this.host = problems.text(config, "host", this.cluster);
    this.path = problems.text(config, "path", "/");
    if (!this.path.startsWith("/")) problems.report(config.path() + ".path", "allowed: a path that begins with /");
    this.timeoutMs = <u32>problems.int(config, "timeoutMs", 200, 1, MAX_MS);
    this.maxOpen = <i32>problems.int(config, "maxOpen", 1000, 1, 65536);
    if (problems.oneOf(config, "onFailure", ON_FAILURE, "deny") == "allow") this.undecided = null;
    this.sent = readSent(config, keys, problems);
    this.answers = new AnswerHeaders(config, keys, problems);
    this.failed = new Counter(labelled("meltemi_ext_auth_failed", ["service"], [keys.service]));
  }

  onTick(): void { this.failed.flush(); }

  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    const word = x.word(this.place);
    if (word == 0) return this.ask(x, f);
    const question = this.questions[<i32>word - 1];
    const told = this.answers.apply(question, x, f, mutation);
    x.setWord(this.place, 0);
    this.release(question);
    return told ? null : UNTOLD;
  }

  onEnd(x: Exchange): void {
    const word = x.word(this.place);
    if (word == 0) return;
    const question = this.questions[<i32>word - 1];
    if (question.isOpen) question.isGone = true;
    else this.release(question);
  }

  private ask(x: Exchange, f: Frame): Failure | null {
    headers.reset().add(":method", "GET").add(":path", this.path).add(":authority", this.host);
    for (let i = 0; i < this.sent.length; i++) if (!this.sent[i].write(f.metadata, headers)) return DENIED;
    if (headers.size > MAX_SENT || headers.count > MAX_HEADERS) return TOO_MUCH;
    if (this.open >= this.maxOpen) return this.fail();
    const question = this.question();
    if (question.send(this.cluster, headers, this.timeoutMs) != Status.Ok) {
      this.release(question);
      return this.fail();
    }
    this.open++;
    question.isOpen = true;
    question.held = hold(true);
    x.setWord(this.place, question.number);
    return HOLD;
  }

  answered(question: Question, status: i32): void {
    this.open--;
    if (question.isGone) return this.release(question);
    const allows = status >= 200 && status < 300;
    if (allows ? !this.answers.read(question) : status == 0 || status >= 500) {
      question.ends.length = 0;
      question.resume(this.fail());
    } else question.resume(allows ? null : DENIED);
  }

  /** Nobody can be asked, or nobody answers. */
  private fail(): Failure | null {
    this.failed.add();
    return this.undecided;
  }

  private question(): Question {
    const spare = this.spare.take();
    if (spare) return spare;
    const question = new Question(this, this.questions.length + 1);
    this.questions.push(question);
    return question;
  }

  private release(question: Question): void {
    question.held = null;
    question.isGone = false;
    question.ends.length = 0;
    question.values.trim(SMALL);
    this.spare.give(question);
  }
}
