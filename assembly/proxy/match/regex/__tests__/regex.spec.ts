import { compileRegex, Regex } from "..";

function matches(pattern: string, text: string): bool {
  const result = compileRegex(pattern);
  expect(result.error).toBe("", pattern);
  const regex = result.regex;
  return regex ? at(regex, text) : false;
}

function at(regex: Regex, text: string): bool {
  const bytes = String.UTF8.encode(text);
  return regex.matches(changetype<usize>(bytes), bytes.byteLength);
}

function yes(pattern: string, texts: string[]): void {
  for (let i = 0; i < texts.length; i++) expect(matches(pattern, texts[i])).toBe(true, pattern + " on " + texts[i]);
}

function no(pattern: string, texts: string[]): void {
  for (let i = 0; i < texts.length; i++) expect(matches(pattern, texts[i])).toBe(false, pattern + " on " + texts[i]);
}

function error(pattern: string): string {
  const result = compileRegex(pattern);
  expect(result.regex == null).toBe(true, pattern);
  return result.error;
}

describe("a regular expression", () => {
  it("matches the whole value", () => {
    yes("abc", ["abc"]);
    no("abc", ["", "ab", "abcd", "xabc"]);
    yes("", [""]);
    no("", ["a"]);
    yes("^abc$", ["abc"]);
    yes("^(a|b$)|c", ["a", "b", "c"]);
    no("a^b|a$b", ["ab"]);
    yes("^$", [""]);
    yes("(^|a)b", ["b", "ab"]);
    yes("\\Aab\\z", ["ab"]);
  });

  it("knows alternation, groups and repetition, greedy and lazy", () => {
    yes("(foo|ba[rz])+", ["foo", "bar", "bazfoo"]);
    no("(foo|ba[rz])+", ["", "ba", "foob"]);
    yes("a|", ["a", ""]);
    yes("(?:ab)*?c", ["c", "ababc"]);
    yes("(?P<n>a)(?<m>b)", ["ab"]);
    yes("a{3}", ["aaa"]);
    no("a{3}", ["aa", "aaaa"]);
    yes("a{2,}", ["aa", "aaaaaa"]);
    no("a{2,}", ["a"]);
    yes("a{0,2}b??", ["", "a", "aab", "b"]);
    no("a{0,2}", ["aaa"]);
    yes("(a{2}){2}", ["aaaa"]);
    yes("(a*)*b", ["b", "aab"]);
    yes("(|a)+", ["", "aaa"]);
    yes("a{0}", [""]);
    yes("(a+|b){10,40}", ["aaaaaaaaaab", "bbbbbbbbbb"]);
  });

  it("takes a { that is no count as itself", () => {
    yes("a{", ["a{"]);
    yes("a{,2}", ["a{,2}"]);
    yes("{a}", ["{a}"]);
    yes("a{1,b}+", ["a{1,b}}"]);
  });

  it("knows classes", () => {
    yes("[a-c_]", ["a", "b", "c", "_"]);
    no("[a-c_]", ["d", "-"]);
    yes("[^a-c]", ["d", "é", "\n", "😀"]);
    no("[^a-c]", ["a", ""]);
    yes("[]a]", ["]", "a"]);
    yes("[^]a]", ["b"]);
    yes("[a-]", ["a", "-"]);
    yes("[a-c-e]", ["b", "-", "e"]);
    yes("[\\w.-]+", ["a_Z9.-"]);
    yes("[\\x41\\]\\n]+", ["A]\n"]);
    yes("\\d\\D\\w\\W\\s\\S", ["1xa.\t."]);
    no("\\s", ["\u000b", "\u00a0"]);
    yes("[[:alpha:][:digit:]]+", ["aZ09"]);
    yes("[[:^space:]]", ["a"]);
    no("[[:^space:]]", [" "]);
    yes("[^\\D]", ["5"]);
    yes("[[:x]", ["[", ":", "x"]);
    no("[^\\x00-\\x{10FFFF}]", ["", "a"]);
  });

  it("knows escapes", () => {
    yes("\\.\\*\\[\\\\\\/\\-", [".*[\\/-"]);
    yes("\\t\\n\\r\\f\\v\\a", ["\t\n\r\f\v\u0007"]);
    yes("\\x41\\x{e9}\\x{1F600}\\101", ["Aé😀A"]);
    yes("\\Qa.b*\\E+", ["a.b*", "a.b**"]);
    no("\\Qa.b\\E", ["axb"]);
    yes("\\Qa|b", ["a|b"]);
  });

  it("takes characters, not bytes", () => {
    yes(".", ["a", "é", "中", "😀"]);
    no(".", ["\n", "", "ab", "éé"]);
    yes("(?s).", ["\n"]);
    yes("é+", ["ééé"]);
    yes("[à-ü]", ["é"]);
    no("[à-ü]", ["ÿ", "a"]);
    yes("[^é]", ["è"]);
    yes("[\\x{7f}-\\x{800}]+", ["\x7f\u0080\u07ff\u0800"]);
    no("[\\x{80}-\\x{7ff}]", ["\x7f", "\u0800"]);
    yes("[\\x{ffff}-\\x{10000}]", ["\uffff", "\u{10000}"]);
  });

  it("matches no character with bytes that are not UTF-8", () => {
    const bad = new StaticArray<u8>(3);
    const everything = compileRegex("(?s).*").regex;
    const cases: u32[] = [0xc080ff, 0xeda080, 0xe28228, 0x61ff62];
    for (let i = 0; i < cases.length; i++) {
      for (let j = 0; j < 3; j++) bad[j] = <u8>(cases[i] >> (16 - 8 * j));
      if (everything) expect(everything.matches(changetype<usize>(bad), 3)).toBe(false);
    }
  });

  it("ignores case where it is told to", () => {
    yes("(?i)aBc", ["abc", "ABC"]);
    yes("(?i)[a-c]x", ["BX"]);
    yes("(?i)é[à-ö]σ", ["ÉÖΣ", "éÀσ"]);
    no("(?i)[^a]", ["a", "A"]);
    yes("(?i)k", ["K", "\u212a"]);
    yes("a(?i:b)c", ["aBc", "abc"]);
    no("a(?i:b)c", ["aBC"]);
    yes("(a(?i)b)c", ["aBc"]);
    no("(a(?i)b)c", ["aBC"]);
    yes("(?is)a.", ["A\n"]);
    yes("(?i)a(?-i)b", ["Ab"]);
    no("(?i)a(?-i)b", ["AB"]);
    yes("(?U)a+", ["aa"]);
  });

  it("refuses what it cannot do, and says why", () => {
    expect(error("a\\b")).toBe("word boundaries (\\b, \\B) are not supported: a value is matched as a whole (character 2)");
    expect(error("(a)\\1")).toBe("backreferences are not supported: matching takes linear time (character 4)");
    expect(error("a(?=b)")).toBe("lookaround is not supported: matching takes linear time (character 2)");
    expect(error("(?<!a)b")).toBe("lookaround is not supported: matching takes linear time (character 1)");
    expect(error("(?m)a")).toBe("flag m is not supported: a value is matched as a whole (character 1)");
    expect(error("\\pL")).toBe("Unicode classes (\\p) are not supported, write the range (character 1)");
  });

  it("refuses what is wrong, and says where", () => {
    expect(error("a)")).toBe("unmatched ) (character 2)");
    expect(error("a(b")).toBe("unmatched ( (character 2)");
    expect(error("[a")).toBe("unmatched [ (character 1)");
    expect(error("[a-")).toBe("unmatched [ (character 4)");
    expect(error("[]")).toBe("unmatched [ (character 1)");
    expect(error("*a")).toBe("nothing before * to repeat (character 1)");
    expect(error("a|+")).toBe("nothing before + to repeat (character 3)");
    expect(error("{2}")).toBe("nothing before { to repeat (character 1)");
    expect(error("(?i)*")).toBe("nothing before it to repeat (character 5)");
    expect(error("a**")).toBe("a repetition of a repetition, write (?:...) around the first (character 2)");
    expect(error("a{2}{3}")).toBe("a repetition of a repetition, write (?:...) around the first (character 2)");
    expect(error("a{1001}")).toBe("more than 1000 repetitions (character 2)");
    expect(error("a{99999999999999999999}")).toBe("more than 1000 repetitions (character 2)");
    expect(error("a{3,2}")).toBe("the second count is smaller than the first (character 2)");
    expect(error("[b-a]")).toBe("a range whose end comes before its start (character 2)");
    expect(error("[a-\\d]")).toBe("unknown escape \\d (character 4)");
    expect(error("[[:foo:]]")).toBe("unknown class [:foo:] (character 2)");
    expect(error("\\y")).toBe("unknown escape \\y (character 1)");
    expect(error("a\\")).toBe("a \\ at the end (character 2)");
    expect(error("\\x4")).toBe("\\x needs two hexadecimal digits, or a code point in braces (character 1)");
    expect(error("\\x{110000}")).toBe("\\x needs two hexadecimal digits, or a code point in braces (character 1)");
    expect(error("(?x)a")).toBe("unknown flag, allowed: i, s (character 1)");
    expect(error("(?P<a")).toBe("unmatched (?< (character 1)");
  });

  it("bounds nesting, length, states and time", () => {
    yes("(".repeat(64) + "a" + ")".repeat(64), ["a"]);
    expect(error("(".repeat(65) + "a" + ")".repeat(65))).toBe("more than 64 groups inside each other (character 65)");
    expect(error("(".repeat(8000))).toBe("more than 64 groups inside each other (character 65)");
    expect(error("a".repeat(8193))).toBe("longer than 8192 characters (character 1)");
    expect(error("((a{1000}){1000}){1000}")).toBe("the pattern is too large");
    expect(error("(((){1000}){1000}){1000}")).toBe("the pattern is too large");
    expect(error("(a|b)*a(a|b){20}")).toBe("the pattern needs more than 10000 states");
    yes("[a-z0-9]([-a-z0-9]{0,252}[a-z0-9])?", ["a", "my-service"]);
    yes(".{0,255}", ["é".repeat(255)]);
    no(".{0,255}", ["é".repeat(256)]);
  });

  it("never traps on a pattern cut anywhere", () => {
    const whole = "(?i)^(?P<n>a|[^b-\\x{e9}[:alpha:]]{2,3}?)\\Q*\\E\\d+(?:c|\\x41)*$";
    yes(whole, ["a*5cAa"]);
    for (let i = 0; i < whole.length; i++) compileRegex(whole.slice(0, i));
    for (let i = 0; i < whole.length; i++) compileRegex(whole.slice(i));
  });
});
