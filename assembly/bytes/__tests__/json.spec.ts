import { Json, JsonKind } from "../json";
import { MAX_JSON_DEPTH, parseJson } from "../jsonParser";

function value(text: string): Json {
  const result = parseJson(text);
  expect(result.error).toBe("", text);
  const found = result.value;
  return found ? found : new Json(JsonKind.Null);
}

function error(text: string): string {
  const result = parseJson(text);
  expect(result.value == null).toBe(true, text);
  return result.error;
}

function member(text: string, name: string): Json {
  const found = value(text).get(name);
  return found ? found : new Json(JsonKind.Null);
}

describe("JSON values", () => {
  it("reads each kind", () => {
    expect(value("null").kind == JsonKind.Null).toBe(true);
    expect(value("true").bool).toBe(true);
    expect(value(" false ").bool).toBe(false);
    expect(value('"a"').text).toBe("a");
    expect(value("[ ]").items.length).toBe(0);
    expect(value("[1,[2], 3]").items.length).toBe(3);
    expect(value("\t{\r\n}").kind == JsonKind.Object).toBe(true);
  });

  it("gives members by their kind", () => {
    const o = value('{"t":"x","n":1.5,"l":["a","b",["c"]]}');
    expect(o.textOf("t")).toBe("x");
    expect(o.textOf("n")).toBe("");
    expect(o.textOf("u")).toBe("");
    expect(o.numberOf("n")).toBe(1.5);
    expect(isNaN(o.numberOf("t")) && isNaN(o.numberOf("u"))).toBe(true);
    const list = o.get("l")!;
    expect(list.hasText("b")).toBe(true);
    expect(list.hasText("c")).toBe(false);
    expect(o.get("t")!.hasText("x")).toBe(true);
    expect(o.hasText("x")).toBe(false);
  });

  it("reads numbers, whole ones to the last digit", () => {
    expect(value("0").integer).toBe(0);
    expect(value("-0").integral).toBe(true);
    expect(value("9223372036854775807").integer).toBe(i64.MAX_VALUE);
    expect(value("-9223372036854775808").integer).toBe(i64.MIN_VALUE);
    expect(value("-9007199254740993").integer).toBe(-9007199254740993);
    expect(value("9223372036854775808").integral).toBe(false);
    expect(value("-9223372036854775809").integral).toBe(false);
    expect(value("18446744073709551617").integral).toBe(false);
    expect(value("1e3").integer).toBe(1000);
    expect(value("2.50").number).toBe(2.5);
    expect(value("2.5").integral).toBe(false);
    expect(value("5E-1").number).toBe(0.5);
    expect(value("1.0").integral).toBe(true);
  });

  it("keeps the order of members and finds them, few or many", () => {
    const few = value('{"b":1,"a":2}');
    expect(few.names.join()).toBe("b,a");
    expect(few.items[1].integer).toBe(2);
    let text = "{";
    for (let i = 0; i < 500; i++) text += (i ? "," : "") + '"k' + i.toString() + '":' + i.toString();
    const many = value(text + "}");
    expect(many.has("k499")).toBe(true);
    expect(many.has("k500")).toBe(false);
    const last = many.get("k0");
    expect(last ? last.integer : -1).toBe(0);
    expect(value("[1]").get("a") == null).toBe(true);
  });

  it("reads escapes and characters beyond the basic plane", () => {
    expect(value('"\\"\\\\\\/\\b\\f\\n\\r\\t"').text).toBe('"\\/\b\f\n\r\t');
    expect(value('"\\u0041\\u00e9\\u4E2d"').text).toBe("Aé中");
    expect(value('"\\ud83d\\ude00"').text).toBe("😀");
    expect(value('"a😀é"').text).toBe("a😀é");
    expect(value('"x\\u0000y"').text.length).toBe(3);
    expect(member('{"\\u0061":1}', "a").integer).toBe(1);
  });

  it("knows where a value stood", () => {
    const inner = member('{"routes":[0,{"match":[[{"key":12}]]}]}', "routes").items[1].get("match");
    const key = inner ? inner.items[0].items[0].get("key") : null;
    expect(key ? key.path() : "").toBe("routes[1].match[0][0].key");
    expect(member('{"outbound|80||a":1}', "outbound|80||a").path()).toBe('["outbound|80||a"]');
    expect(value("1").path()).toBe("");
  });
});

describe("JSON mistakes", () => {
  it("names line, column, what was found and what is allowed", () => {
    expect(error("")).toBe("1:1: found the end, allowed: a value");
    expect(error('{\n  "a": 1,\n}')).toBe('3:1: found "}", allowed: a name in quotes');
    expect(error('{"a" 1}')).toBe('1:6: found a digit, allowed: :');
    expect(error('{"a":1 "b":2}')).toBe('1:8: found ""\", allowed: , or }');
    expect(error("[1 2]")).toBe('1:4: found a digit, allowed: , or ]');
    expect(error("[1,]")).toBe('1:4: found "]", allowed: a value');
    expect(error("1 1")).toBe('1:3: found a digit, allowed: the end of the text');
    expect(error('{"x":{"a":1,"a":2}}')).toBe("1:13: found a name a second time, allowed: each name once");
    expect(error("'a'")).toBe('1:1: found a character, allowed: a value');
    expect(error("[NaN]")).toBe('1:2: found a character, allowed: a value');
    expect(error("nul")).toBe('1:1: found a character, allowed: a value');
  });

  it("refuses numbers that JSON does not know", () => {
    expect(error("01")).toBe('1:2: found a digit, allowed: a digit');
    expect(error("-")).toBe("1:2: found the end, allowed: a digit");
    expect(error("1.")).toBe("1:3: found the end, allowed: a digit");
    expect(error(".5")).toBe('1:1: found a character, allowed: a value');
    expect(error("1e+")).toBe("1:4: found the end, allowed: a digit");
    expect(error("+1")).toBe('1:1: found a character, allowed: a value');
    expect(error("1e999")).toBe("1:1: found a number out of range, allowed: a 64-bit floating point number");
  });

  it("refuses broken strings", () => {
    expect(error('"abc')).toBe('1:5: found the end, allowed: a closing "');
    expect(error('"a\\')).toBe('1:4: found the end, allowed: a closing "');
    expect(error('"a\\"')).toBe('1:5: found the end, allowed: a closing "');
    expect(error('"a\nb"')).toBe('1:3: found a control character, allowed: an escape such as \\n');
    expect(error('"\\x"')).toBe('1:3: found another escape, allowed: one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u');
    expect(error('"\\u12g4"')).toBe('1:6: found a character, allowed: four hexadecimal digits');
    expect(error('"\\u12"')).toBe('1:6: found """, allowed: four hexadecimal digits');
    expect(error('"\\ud800"')).toBe("1:8: found half of a surrogate pair, allowed: whole characters");
    expect(error('"\\udc00x"')).toBe("1:2: found half of a surrogate pair, allowed: whole characters");
    expect(error('"\\ud800\\ud800"')).toBe("1:8: found half of a surrogate pair, allowed: whole characters");
  });

  it("bounds depth", () => {
    const deep = "[".repeat(MAX_JSON_DEPTH) + "1" + "]".repeat(MAX_JSON_DEPTH);
    expect(value(deep).kind == JsonKind.Array).toBe(true);
    expect(error("[" + deep + "]")).toBe("1:65: found deeper nesting, allowed: at most 64 levels");
    expect(error("[".repeat(100000))).toBe("1:65: found deeper nesting, allowed: at most 64 levels");
  });

  it("fails cleanly wherever the text is cut", () => {
    const whole = '{"a":[1,-2.5e3,"x\\u00e9\\n😀",{"b":null,"c":true}],"d":{}}';
    value(whole);
    for (let i = 0; i < whole.length; i++) expect(parseJson(whole.slice(0, i)).error.length > 0).toBe(true);
  });
});
