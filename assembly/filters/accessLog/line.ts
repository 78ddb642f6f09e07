import { Json } from "../../bytes/json";
import { writeJsonBytes, writeJsonString } from "../../bytes/jsonWriter";
import { Problems } from "../../bytes/problems";
import { Writer } from "../../bytes/writer";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Frame } from "../../codec/frame";
import { Exchange } from "../../proxy/exchange/exchange";
import { Format, SavedValues, Moment, readFormat } from "../../proxy/filter/format/index";

const MAX_MEMBERS = 64;
const NUMBERS = ["%DURATION%", "%BYTES_RECEIVED%", "%BYTES_SENT%", "%RESPONSE_CODE%", "%UPSTREAM_REQUEST_ATTEMPT_COUNT%"];
const value: Writer = new Writer(512);

/** One member of a line of JSON. */
@final
class Member {
  /** With the comma or brace before it and the colon behind. */
  name: Writer = new Writer(32);

  constructor(name: string, public format: Format, public isNumber: bool, first: bool) {
    this.name.u8(first ? 0x7b : 0x2c);
    writeJsonString(this.name, name);
    this.name.u8(0x3a);
  }
}

/** What is written of one exchange: a format, or an object of them. */
@final
export class Line {
  private text: Format | null = null;
  private members: Member[] = [];
  private formats: Format[] = [];
  keepsAnything: bool = false;

  /** At onRequest and onReply. */
  keepRequest(f: Frame, kept: SavedValues): void { for (let i = 0; i < this.formats.length; i++) unchecked(this.formats[i]).keepRequest(f, kept); }

  keepReply(f: Frame, kept: SavedValues): void {
    kept.reply.clear();
    for (let i = 0; i < this.formats.length; i++) unchecked(this.formats[i]).keepReply(f, kept);
  }

  /** At onEnd, without a line feed. */
  write(x: Exchange, kept: SavedValues | null, out: Writer): void {
    const text = this.text;
    if (kept) kept.rewind();
    if (text) {
      text.write(x, null, kept, out, "-", true);
      return;
    }
    for (let i = 0; i < this.members.length; i++) {
      const member = unchecked(this.members[i]);
      out.bytes(member.name.base, member.name.length);
      value.reset();
      if (!member.format.write(x, null, kept, value)) out.text("null");
      else if (member.isNumber) out.bytes(value.base, value.length);
      else writeJsonBytes(out, value.base, value.length);
    }
    out.u8(0x7d);
  }

  /** `format`, a text, or `json`, an object of such; without either an object of all that there is to say without naming a key. */
  read(config: Json, keys: KeyResolver, problems: Problems): void {
    if (config.has("format") && config.has("json")) problems.exactlyOne(config, ["format", "json"]);
    if (config.has("format")) return this.readText(config.path() + ".format", problems.needText(config, "format"), keys, problems);
    const json = problems.object(config, "json");
    if (!config.has("json")) return this.readDefault(config.path(), keys, problems);
    if (!json) return;
    if (json.names.length == 0 || json.names.length > MAX_MEMBERS) return problems.wrong(json, "1.." + MAX_MEMBERS.toString() + " members");
    for (let i = 0; i < json.names.length; i++) {
      const member = json.items[i];
      if (!problems.isText(member)) return;
      this.add(member.path(), json.names[i], member.text, keys, problems);
    }
  }

  private readText(path: string, text: string, keys: KeyResolver, problems: Problems): void {
    const format = problems.ok ? readFormat(path, text, Moment.End, keys, problems) : null;
    this.text = format;
    if (format) this.keep(format);
  }

  private readDefault(path: string, keys: KeyResolver, problems: Problems): void {
    const known = keys.codec.traits.requestKeys;
    this.add(path, "start_time", "%START_TIME%", keys, problems);
    this.add(path, "protocol", keys.codec.protocol, keys, problems);
    this.add(path, "service", "%SERVICE%", keys, problems);
    if (known.includes("method")) this.add(path, "method", "%REQ(method)%", keys, problems);
    else if (known.includes("command")) this.add(path, "method", "%REQ(command)%", keys, problems);
    this.add(path, "route", "%ROUTE_NAME%", keys, problems);
    this.add(path, "cluster", "%CLUSTER%", keys, problems);
    this.add(path, "upstream_host", "%UPSTREAM_HOST%", keys, problems);
    this.add(path, "duration_ms", "%DURATION%", keys, problems);
    this.add(path, "bytes_received", "%BYTES_RECEIVED%", keys, problems);
    this.add(path, "bytes_sent", "%BYTES_SENT%", keys, problems);
    this.add(path, "response_code", "%RESPONSE_CODE%", keys, problems);
    this.add(path, "response_flags", "%RESPONSE_FLAGS%", keys, problems);
    this.add(path, "reason", "%RESPONSE_CODE_DETAILS%", keys, problems);
    this.add(path, "attempts", "%UPSTREAM_REQUEST_ATTEMPT_COUNT%", keys, problems);
  }

  private add(path: string, name: string, text: string, keys: KeyResolver, problems: Problems): void {
    const format = problems.ok ? readFormat(path, text, Moment.End, keys, problems) : null;
    if (!format) return;
    this.members.push(new Member(name, format, NUMBERS.includes(text), this.members.length == 0));
    this.keep(format);
  }

  private keep(format: Format): void {
    this.formats.push(format);
    if (format.keepsRequest || format.keepsReply) this.keepsAnything = true;
  }
}
