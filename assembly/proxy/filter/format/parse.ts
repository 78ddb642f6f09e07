/** Reads format strings: text with operators such as `%REQ(key)%`, in the spirit of Envoy's access log. */
import { quoted } from "../../../bytes/json";
import { nearest, Problems } from "../../../bytes/problems";
import { utf8Bytes } from "../../../bytes/utf8";
import { property } from "../../../host/property";
import { KeyResolver } from "../../match/keyResolver";
import { Operator, Part, propertyType } from "./parts";
import { Moment } from "./moment";

const PERCENT = 0x25;
const MAX_LIMIT = 65536;

/** Operators without an argument, in the order of those of Operator from RouteName on. */
const PLAIN = [
  "ROUTE_NAME", "CLUSTER", "UPSTREAM_HOST", "START_TIME", "DURATION", "BYTES_RECEIVED", "BYTES_SENT", "RESPONSE_FLAGS",
  "RESPONSE_CODE", "RESPONSE_CODE_DETAILS", "UPSTREAM_REQUEST_ATTEMPT_COUNT",
];
/** Known at configure time. */
const FIXED = ["SERVICE", "PROTOCOL"];
const KEYED = ["REQ", "RESP", "PROPERTY"];

/** The parts of a format; a mistake is told with the field's path and its offset in characters. */
@final
export class FormatParser {
  parts: Part[] = [];
  private literal: string = "";

  constructor(private path: string, private text: string, private moment: Moment, private keys: KeyResolver, private problems: Problems) {}

  parse(): Part[] {
    let at = 0;
    while (at < this.text.length && this.problems.ok) at = this.text.charCodeAt(at) == PERCENT ? this.operator(at) : this.plain(at);
    this.endLiteral();
    return this.parts;
  }

  private plain(at: i32): i32 {
    let end = this.text.indexOf("%", at);
    if (end < 0) end = this.text.length;
    this.literal += this.text.slice(at, end);
    return end;
  }

  /** From a percent sign on; returns where it goes on. */
  private operator(at: i32): i32 {
    const end = this.endOf(at + 1);
    if (end < 0) return this.wrong(at, "found % without the % that ends it; write %% for a percent sign");
    if (end == at + 1) {
      this.literal += "%";
      return end + 1;
    }
    this.read(this.text.slice(at + 1, end), at);
    return end + 1;
  }

  /** The percent sign that ends an operator: not one in its brackets. */
  private endOf(from: i32): i32 {
    let inside = false;
    for (let i = from; i < this.text.length; i++) {
      const unit = this.text.charCodeAt(i);
      if (unit == 0x28) inside = true;
      else if (unit == 0x29) inside = false;
      else if (unit == PERCENT && !inside) return i;
    }
    return -1;
  }

  /** What stands between percent signs: `NAME`, `NAME(argument)`, either with `:length` behind it. */
  private read(text: string, at: i32): void {
    const open = text.indexOf("("), close = text.lastIndexOf(")");
    const colon = text.indexOf(":", max(close, 0));
    const end = colon < 0 ? text.length : colon;
    const hasArgument = open >= 0;
    if (hasArgument && close != end - 1) return this.report(at, "found " + quoted("%" + text + "%") + ", whose ) is misplaced");
    const name = hasArgument ? text.slice(0, open) : text.slice(0, end);
    const argument = hasArgument ? text.slice(open + 1, close) : "";
    const part = this.make(name, hasArgument, argument, at);
    if (part === null) return;
    if (colon >= 0) part.limit = this.limit(text.slice(colon + 1), at);
    this.endLiteral();
    this.parts.push(part);
  }

  /** Null after a mistake, and for what became a part of the literal. */
  private make(name: string, hasArgument: bool, argument: string, at: i32): Part | null {
    const plain = PLAIN.indexOf(name), isFixed = FIXED.includes(name);
    if (!KEYED.includes(name) && plain < 0 && !isFixed) return this.unknown(name, at);
    if (KEYED.includes(name) != hasArgument || (hasArgument && !argument.length)) {
      this.report(at, "found %" + name + "%, which " + (hasArgument && argument.length ? "has no argument" : "needs one in brackets"));
      return null;
    }
    if (name == "REQ") return this.keyed(Operator.Request, argument, at);
    if (name == "RESP") return this.reply(argument, at);
    if (name == "PROPERTY") return this.attribute(argument);
    if (isFixed) {
      this.literal += name == "SERVICE" ? this.keys.service : this.keys.codec.protocol;
      return null;
    }
    if (name == "START_TIME" || name == "DURATION") this.keys.timed();
    return new Part(<Operator>(<i32>Operator.RouteName + plain));
  }

  private unknown(name: string, at: i32): Part | null {
    const all = KEYED.concat(PLAIN).concat(FIXED), near = nearest(name, all);
    const hint = near.length ? " (did you mean " + near + "?)" : "";
    this.report(at, "found " + quoted("%" + name + "%") + ", allowed: " + all.join(", ") + ", and %% for a percent sign" + hint);
    return null;
  }

  private reply(argument: string, at: i32): Part | null {
    if (this.moment != Moment.Request) return this.keyed(Operator.Reply, argument, at);
    this.report(at, "found %RESP%, but there is no reply yet when this is written");
    return null;
  }

  /** `key` or `key?other`. */
  private keyed(operator: Operator, argument: string, at: i32): Part {
    const part = new Part(operator), mark = argument.indexOf("?");
    part.slot = this.slot(operator, mark < 0 ? argument : argument.slice(0, mark), at);
    if (mark >= 0) part.otherSlot = this.slot(operator, argument.slice(mark + 1), at);
    return part;
  }

  private slot(operator: Operator, name: string, at: i32): i32 {
    const path = this.where(at);
    return operator == Operator.Request ? this.keys.request(path, name, this.problems) : this.keys.response(path, name, this.problems);
  }

  private attribute(name: string): Part {
    const part = new Part(Operator.Property);
    part.property = property(name);
    part.propertyType = propertyType(name);
    return part;
  }

  private limit(text: string, at: i32): i32 {
    let value = 0;
    for (let i = 0; i < text.length && value <= MAX_LIMIT; i++) {
      const digit = text.charCodeAt(i) - 0x30;
      if (digit < 0 || digit > 9) value = MAX_LIMIT;
      value = value * 10 + digit;
    }
    if (value < 1 || value > MAX_LIMIT) this.report(at, "found the length " + quoted(text) + ", allowed: a whole number of 1.." + MAX_LIMIT.toString());
    return value;
  }

  private endLiteral(): void {
    if (!this.literal.length) return;
    const part = new Part(Operator.Literal);
    part.literal = utf8Bytes(this.literal);
    this.parts.push(part);
    this.literal = "";
  }

  private where(at: i32): string { return this.path + ", offset " + at.toString(); }

  private report(at: i32, message: string): void { this.problems.report(this.where(at), message); }

  private wrong(at: i32, message: string): i32 {
    this.report(at, message);
    return this.text.length;
  }
}
