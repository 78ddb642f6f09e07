import { View } from "../metadata";
import { Regex } from "../regex/index";
import { Matcher } from "./matcher";

/** The whole value matches a regular expression. */
export class RegexMatcher extends Matcher {
  constructor(slot: i32, private regex: Regex) { super(slot); }
  holds(value: View): bool { return this.regex.matches(value.at, value.length); }
}
