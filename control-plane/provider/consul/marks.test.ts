import assert from "node:assert/strict";
import { test } from "node:test";
import { Marks, type Check } from "./marks.ts";

const check = (service: string, index: number): Check => ({ Node: "n", CheckID: `service:${service}`, ServiceName: service, ModifyIndex: index });
const ask = (marks: Marks, most = 10): string[] => {
  const names = marks.stale(most);
  for (const name of names) marks.asking(name);
  return names;
};

test("a service is asked for when it is new, and again when its tags, its checks or a node's have changed", () => {
  const marks = new Marks();
  marks.check([check("a", 1), check("b", 1), check("", 1)]);
  assert.deepEqual(ask(marks), []);
  marks.list(new Map([["a", "dubbo"], ["b", "dubbo"]]));
  assert.deepEqual([ask(marks), ask(marks)], [["a", "b"], []]);
  marks.check([check("", 1), check("b", 2), check("a", 1), check("c", 7)]);
  assert.deepEqual([ask(marks), ask(marks)], [["b"], []]);
  marks.list(new Map([["a", "dubbo weight=1"], ["b", "dubbo"]]));
  assert.deepEqual([ask(marks), ask(marks)], [["a"], []]);
  marks.check([check("a", 1), check("b", 2), check("", 2)]);
  assert.deepEqual([ask(marks), ask(marks)], [["a", "b"], []]);
  marks.list(new Map([["a", "dubbo weight=1"]]));
  marks.list(new Map([["a", "dubbo weight=1"], ["b", "dubbo"]]));
  assert.deepEqual(ask(marks), ["b"]);
});

test("in doubt all are asked for, those that have changed first; one that is gone is not", () => {
  const marks = new Marks();
  marks.list(new Map([["a", ""], ["b", ""], ["c", ""]]));
  ask(marks);
  marks.doubtAll();
  marks.check([check("c", 1)]);
  assert.deepEqual(marks.stale(2), ["c", "a"]);
  marks.list(new Map([["b", ""], ["c", ""]]));
  assert.deepEqual([ask(marks), ask(marks)], [["c", "b"], []]);
});
