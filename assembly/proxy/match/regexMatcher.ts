import { isUtf8 } from "../../bytes/utf8";
import { Metadata, View } from "../../codec/metadata";
import { Regex } from "./regex/index";
import { Match, Matcher } from "./matcher";

const value: View = new View();

/** The whole value matches a regular expression. A value that is not UTF-8 is unknown, so one invalid byte never grants access. */
export class RegexMatcher extends Matcher {
  constructor(slot: i32, private regex: Regex) { super(slot); }

  holds(value: View): bool { return this.regex.matches(value.at, value.length); }

  match(metadata: Metadata): Match {
    for (let place = metadata.first(this.slot); place >= 0; place = metadata.next(place)) {
      metadata.view(place, value);
      if (!isUtf8(value.at, value.length)) return Match.Unknown;
    }
    return super.match(metadata);
  }
}
