import { IpRange } from "../../bytes/ip";
import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { utf8Bytes } from "../../bytes/utf8";
import { KeyResolver } from "./keyResolver";
import { Metadata } from "../../codec/metadata";
import { compileRegex } from "./regex/index";
import { Cidr, Contains, Exact, Match, Matcher, Prefix, Present, Range, Suffix } from "./matcher";
import { RegexMatcher } from "./regexMatcher";

/** Alternatives (OR) of matchers (AND); none: holds for all. */
@final
export class Condition {
  alternatives: Array<Array<Matcher>> = [];

  /** What is not known is not true. Mixed: it depends on which of several values of a key is looked at. Likely: on values that are not told. */
  match(metadata: Metadata): Match {
    if (this.alternatives.length == 0) return Match.Yes;
    let result = Match.No;
    for (let i = 0; i < this.alternatives.length; i++) {
      const one = matchAll(unchecked(this.alternatives[i]), metadata);
      if (one == Match.Yes) return Match.Yes;
      if (one == Match.Likely || (one == Match.Mixed && result == Match.No)) result = one;
    }
    return result;
  }

  /** It certainly matches: for rules that allow. */
  holds(metadata: Metadata): bool { return this.match(metadata) == Match.Yes; }

  /** It may match: for rules that deny. */
  mayHold(metadata: Metadata): bool {
    for (let i = 0; i < this.alternatives.length; i++) if (mayAllHold(unchecked(this.alternatives[i]), metadata)) return true;
    return this.alternatives.length == 0;
  }
}

function matchAll(matchers: Matcher[], metadata: Metadata): Match {
  let mixed = false, likely = false;
  for (let i = 0; i < matchers.length; i++) {
    const one = unchecked(matchers[i]).match(metadata);
    if (one == Match.No || one == Match.Unknown) return Match.No;
    if (one == Match.Mixed) mixed = true;
    if (one == Match.Likely) likely = true;
  }
  return mixed ? Match.Mixed : likely ? Match.Likely : Match.Yes;
}

function mayAllHold(matchers: Matcher[], metadata: Metadata): bool {
  for (let i = 0; i < matchers.length; i++) if (!unchecked(matchers[i]).mayHold(metadata)) return false;
  return true;
}

const KINDS = ["exact", "prefix", "suffix", "contains", "regex", "present", "range", "cidr"];

/** Reads a list of lists of matchers; null (absent): holds for all. */
export function readCondition(json: Json | null, keys: KeyResolver, problems: Problems): Condition {
  const condition = new Condition();
  if (json === null || !problems.isArray(json)) return condition;
  for (let i = 0; i < json.items.length; i++) {
    if (!problems.isArray(json.items[i])) return condition;
    const matchers: Matcher[] = [], list = json.items[i].items;
    for (let j = 0; j < list.length; j++) {
      const matcher = readMatcher(list[j], keys, problems);
      if (!matcher) return condition;
      matchers.push(matcher);
    }
    condition.alternatives.push(matchers);
  }
  return condition;
}

/** One matcher; null after a problem. */
function readMatcher(item: Json, keys: KeyResolver, problems: Problems): Matcher | null {
  if (!problems.isObject(item)) return null;
  problems.unknownFields(item, ["key", "invert"].concat(KINDS));
  const name = problems.needText(item, "key");
  if (!problems.ok) return null;
  const slot = keys.request(item.path() + ".key", name, problems), kind = problems.exactlyOne(item, KINDS);
  if (!problems.ok) return null;
  const matcher = makeMatcher(item, kind, slot, problems);
  if (matcher) matcher.invert = problems.bool(item, "invert");
  return problems.ok ? matcher : null;
}

function makeMatcher(item: Json, kind: string, slot: i32, problems: Problems): Matcher | null {
  if (kind == "present") return new Present(slot, problems.bool(item, kind));
  if (kind == "cidr") return new Cidr(slot, readRanges(item, problems));
  if (kind == "range") {
    const range = problems.object(item, kind);
    if (!range) return null;
    problems.unknownFields(range, ["from", "to"]);
    return new Range(slot, problems.int(range, "from", i64.MIN_VALUE), problems.int(range, "to", i64.MAX_VALUE));
  }
  const text = problems.text(item, kind);
  if (kind == "regex") {
    const result = compileRegex(text), regex = result.regex;
    if (!regex) {
      problems.report(item.path() + ".regex", result.error);
      return null;
    }
    return new RegexMatcher(slot, regex);
  }
  const bytes = utf8Bytes(text);
  if (kind == "exact") return new Exact(slot, bytes);
  if (kind == "prefix") return new Prefix(slot, bytes);
  if (kind == "suffix") return new Suffix(slot, bytes);
  return new Contains(slot, bytes);
}

function readRanges(item: Json, problems: Problems): IpRange[] {
  const ranges: IpRange[] = [], list = problems.list(item, "cidr");
  for (let i = 0; i < list.length && problems.isText(list[i]); i++) {
    const range = IpRange.parse(list[i].text);
    if (range) ranges.push(range);
    else problems.wrong(list[i], "an IP address or a range of them, such as 10.0.0.0/8");
  }
  return ranges;
}
