import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Recall } from "./recall.ts";
import { record, type ServiceRecord } from "./record.ts";
import { registration } from "./registration.ts";

const MS = 1000;
const service = (name: string, ...ports: number[]): ServiceRecord => record(name, `/${name}`, ports.map((port) => registration(name, "10.0.0.1", port, new Map())), []);

/** What is told, as `name: ports`. */
function listening(): { recall: Recall; told: string[][]; failures: string[] } {
  const told: string[][] = [], failures: string[] = [];
  const recall = new Recall({
    changed: (records) => told.push(records.map((each) => `${each.interface}: ${each.registrations.map(({ port }) => port).join(" ")}`)),
    skipped: () => undefined, failed: (reason) => failures.push(reason),
  }, MS);
  return { recall, told, failures };
}

test("what a registry says is told as it is, as long as it was not away", () => {
  const { recall, told } = listening();
  const records = [service("a", 1, 2)];
  recall.changed(records);
  recall.changed([service("a", 2)]);
  recall.changed([]);
  assert.deepEqual(told, [["a: 1 2"], ["a: 2"], []]);
});

test("servers of before stay until they are seen, which ends it for them, or had the time to register again", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { recall, told, failures } = listening();
    recall.changed([service("a", 1, 2, 3), service("b", 4)]);
    recall.failed("gone");
    mock.timers.tick(10 * MS);
    recall.changed([]);
    recall.changed([service("a", 1)]);
    mock.timers.tick(MS - 1);
    recall.changed([service("a", 5)]);
    mock.timers.tick(1);
    recall.changed([service("a", 6)]);
    assert.deepEqual(told, [["a: 1 2 3", "b: 4"], ["a: 1 2 3", "b: 4"], ["a: 1 2 3", "b: 4"], ["a: 5 2 3", "b: 4"], ["a: 5"], ["a: 6"]]);
    assert.deepEqual(failures, ["gone"]);
  } finally {
    mock.timers.reset();
  }
});

test("away again in that time, the time begins anew with the next answer; nothing is told after the stop", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { recall, told } = listening();
    recall.changed([service("a", 1)]);
    recall.failed("gone");
    recall.changed([]);
    mock.timers.tick(MS - 1);
    recall.failed("gone again");
    mock.timers.tick(MS);
    recall.changed([]);
    mock.timers.tick(MS - 1);
    assert.deepEqual(told.splice(0), [["a: 1"], ["a: 1"], ["a: 1"]]);
    mock.timers.tick(1);
    assert.deepEqual(told.splice(0), [[]]);
    recall.changed([service("a", 1)]);
    recall.failed("gone");
    recall.changed([]);
    recall.stop();
    mock.timers.tick(MS);
    assert.deepEqual(told, [["a: 1"], ["a: 1"]]);
  } finally {
    mock.timers.reset();
  }
});
