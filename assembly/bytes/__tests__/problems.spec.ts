import { Json, JsonKind } from "../json";
import { parseJson } from "../jsonParser";
import { nearest, Problems } from "../problems";

function json(text: string): Json {
  const value = parseJson(text).value;
  return value ? value : new Json(JsonKind.Null);
}

describe("Problems", () => {
  it("reads fields and falls back where they are absent", () => {
    const p = new Problems();
    const o = json('{"t":"x","n":5,"b":true,"w":"lanes","l":["a","b"],"o":{}}');
    expect(p.text(o, "t")).toBe("x");
    expect(p.text(o, "t2", "y")).toBe("y");
    expect(p.needText(o, "t")).toBe("x");
    expect(p.int(o, "n", 1, 0, 10)).toBe(5);
    expect(p.int(o, "n2", 1)).toBe(1);
    expect(p.needInt(o, "n")).toBe(5);
    expect(p.bool(o, "b")).toBe(true);
    expect(p.oneOf(o, "w", ["lanes", "inline"], "inline")).toBe("lanes");
    expect(p.oneOf(o, "w2", ["lanes", "inline"], "inline")).toBe("inline");
    expect(p.texts(o, "l").join()).toBe("a,b");
    expect(p.list(o, "l2").length).toBe(0);
    expect(p.object(o, "o") != null).toBe(true);
    expect(p.object(o, "o2") == null).toBe(true);
    expect(p.exactlyOne(o, ["t", "t2"])).toBe("t");
    p.unknownFields(o, ["t", "n", "b", "w", "l", "o"]);
    expect(p.error).toBe("");
  });

  it("parses a whole configuration", () => {
    const empty = new Problems();
    expect(empty.parse("").names.length).toBe(0);
    expect(empty.parse('{"a":1}').has("a")).toBe(true);
    expect(empty.first == null).toBe(true);
    const list = new Problems();
    expect(list.parse("[]").has("a")).toBe(false);
    const half = new Problems(), o = half.parse('{"a":0.5,"b":2}');
    expect(half.number(o, "a", 0, 0, 1)).toBe(0.5);
    expect(half.number(o, "c", 0.25, 0, 1)).toBe(0.25);
    expect(half.ok).toBe(true);
    expect(half.number(o, "b", 0, 0, 1)).toBe(0);
    expect(half.error).toBe("b: found 2, allowed: a number of 0.0..1.0");
    expect(list.error).toBe("configuration: found an empty list, allowed: an object");
    const broken = new Problems();
    broken.parse('{"a":');
    expect(broken.first!).toBe("configuration: 1:6: found the end, allowed: a value");
  });

  it("says where, what was found and what is allowed", () => {
    expect(mistake('{"routes":[{"key":12}]}', 0)).toBe("routes[0].key: found 12, allowed: text");
    expect(mistake('{"routes":[{}]}', 0)).toBe("routes[0].key: missing, allowed: text");
    expect(mistake('{"routes":[{"key":""}]}', 0)).toBe('routes[0].key: found "", allowed: text that is not empty');
    expect(mistake('{"routes":[{"key":null}]}', 0)).toBe("routes[0].key: found null, allowed: text");
    expect(mistake('{"routes":{}}', 0)).toBe("routes: found an object, allowed: a list");
    expect(mistake('{"routes":"x"}', 0)).toBe("routes: found text, allowed: a list");
    expect(mistake('{"n":11}', 1)).toBe("n: found 11, allowed: a whole number of 0..10");
    expect(mistake('{"n":1.5}', 1)).toBe("n: found 1.5, allowed: a whole number of 0..10");
    expect(mistake('{"n":"1"}', 1)).toBe('n: found "1", allowed: a whole number of 0..10');
    expect(mistake('{"w":"lane"}', 2)).toBe('w: found "lane", allowed: lanes, inline (did you mean lanes?)');
    expect(mistake('{"w":[1]}', 2)).toBe("w: found a list, allowed: lanes, inline");
    expect(mistake('{"exat":1}', 3)).toBe(
      "exat: found an unknown field, allowed: exact, prefix (did you mean exact?)");
    expect(mistake('{"other thing":1}', 3)).toBe('["other thing"]: found an unknown field, allowed: exact, prefix');
    expect(mistake("{}", 4)).toBe("configuration: missing, allowed: exactly one of exact, prefix");
    expect(mistake('{"exact":1,"prefix":2}', 4)).toBe("configuration: found exact and prefix, allowed: one of them");
    expect(mistake('{"l":["a",7]}', 5)).toBe("l[1]: found 7, allowed: text");
  });

  it("tells nothing of what is in a secret, but where it is as far as the reader knows", () => {
    expect(hidden('{"s":"HUNTER2"}', 0)).toBe("s: found (hidden), allowed: an object");
    expect(hidden('{"s":null}', 0)).toBe("s: found (hidden), allowed: an object");
    expect(hidden('{"s":{"HUNTER2":1}}', 0)).toBe("s.(hidden): found an unknown field, allowed: known, word");
    expect(hidden('{"s":{"known":7}}', 0)).toBe("s.known: found (hidden), allowed: text");
    expect(hidden('{"s":{"known":[["HUNTER2"]]}}', 0)).toBe("s.known: found (hidden), allowed: text");
    expect(hidden('{"s":{"knowm":7}}', 0)).toBe("s.(hidden): found an unknown field, allowed: known, word");
    expect(hidden('{"s":{"word":"lane"}}', 0)).toBe("s.word: found (hidden), allowed: lanes");
    expect(hidden('{"s":{"HUNTER2":{"known":[true]}}}', 1)).toBe("s.(hidden).known[0]: found (hidden), allowed: text");
    expect(hidden('{"other":"x"}', 0)).toBe("");
  });

  it("keeps the first mistake", () => {
    const p = new Problems();
    const o = json('{"a":1,"b":2}');
    p.text(o, "a");
    p.text(o, "b");
    expect(p.int(o, "a", 7)).toBe(7);
    p.report("z", "later");
    expect(p.error).toBe("a: found 1, allowed: text");
  });
});

function hidden(text: string, inner: i32): string {
  const p = new Problems(), o = json(text);
  p.hide(o, ["s"]);
  const s = p.object(o, "s");
  if (s && inner) p.texts(s.items[0], "known");
  if (!s || inner) return p.error;
  p.unknownFields(s, ["known", "word"]);
  p.text(s, "known");
  p.oneOf(s, "word", ["lanes"], "");
  return p.error;
}

function mistake(text: string, what: i32): string {
  const p = new Problems();
  const o = json(text);
  if (what == 0) {
    const routes = p.list(o, "routes");
    for (let i = 0; i < routes.length; i++) p.needText(routes[i], "key");
  } else if (what == 1) p.int(o, "n", 0, 0, 10);
  else if (what == 2) p.oneOf(o, "w", ["lanes", "inline"], "lanes");
  else if (what == 3) p.unknownFields(o, ["exact", "prefix"]);
  else if (what == 4) p.exactlyOne(o, ["exact", "prefix"]);
  else p.texts(o, "l");
  return p.error;
}

describe("nearest", () => {
  it("finds what was probably meant, and nothing far away", () => {
    const words = ["exact", "prefix", "suffix", "key"];
    expect(nearest("Exact", words)).toBe("exact");
    expect(nearest("suffx", words)).toBe("suffix");
    expect(nearest("prefixx", words)).toBe("prefix");
    expect(nearest("ke", words)).toBe("key");
    expect(nearest("name", words)).toBe("");
    expect(nearest("x".repeat(10000), words)).toBe("");
  });
});
