import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { Command, CommanderError } from "commander";
import { buildWasm } from "../build/compile.ts";
import { cacheDir, ROOT } from "../tools/paths.ts";
import { addDecode } from "./decode.ts";
import { classic, packet } from "./pcap/testing/writer.ts";

const dir = mkdtempSync(join(cacheDir("run"), "decode-"));
const wasm = join(dir, "toy.wasm");
before(() => buildWasm(join(ROOT, "tests/guests/inspect-toy.ts"), wasm));
after(() => rmSync(dir, { recursive: true }));
afterEach(() => { process.exitCode = 0; });

interface Ran { code: number; lines: Record<string, unknown>[]; problems: string }

/** Runs the command with the toy's module, and gives its exit code, lines and problems. */
function run(...args: string[]): Ran {
  const lines: Ran["lines"] = [], problems: string[] = [];
  const program = new Command().exitOverride().configureOutput({ writeErr: text => problems.push(text) });
  addDecode(program, { line: text => lines.push(JSON.parse(text) as Record<string, unknown>), problem: text => problems.push(text) });
  let code: number | undefined;
  try {
    program.commands[0]?.exitOverride().configureOutput({ writeErr: text => problems.push(text) });
    program.parse(["node", "meltemi", "decode", "toy", "--wasm", wasm, ...args]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    code = error.exitCode;
  }
  return { code: code ?? Number(process.exitCode ?? 0), lines, problems: problems.join("\n") };
}

function file(name: string, bytes: string | Buffer): string {
  const path = join(dir, name);
  writeFileSync(path, bytes);
  return path;
}

describe("meltemi decode", () => {
  it("shows requests and the replies to them", () => {
    const request = file("request", "call 1 2 user=ann\nhitell 2 0\n"), response = file("response", "error 1 0 code=5\n");
    const { code, lines } = run("--request", request, "--response", response, "--key", "user");
    assert.equal(code, 0);
    assert.deepEqual(lines.map(({ direction, at, kind, id, size }) => [direction, at, kind, id, size]),
      [["request", 0, "call", "0x1", 20], ["request", 20, "call", "0x2", 9], ["response", 0, "call", "0x1", 17]]);
    assert.deepEqual(lines[0]?.metadata, { verb: "call", id: "1", body: "hi", user: "ann" });
    assert.deepEqual([lines[2]?.request, lines[2]?.outcome, lines[2]?.code], [1, "server", 5]);
  });

  it("gives the codec what .thrift files say, or says what is wrong with them", () => {
    const idl = file("a.thrift", 'include "b.thrift" service S { void f(1: b.T t) }');
    file("b.thrift", "typedef string T");
    const request = file("idl-request", "tell 1 0\n");
    assert.match(run("--request", request, "--idl", idl).problems, /--options: idl: found an unknown field/, "the toy has no such option");
    assert.match(run("--request", request, "--idl", file("c.thrift", "struct S {")).problems, /--idl: .*c\.thrift:1:11: is no Thrift IDL/);
    assert.match(run("--request", request, "--idl", join(dir, "gone.thrift")).problems, /the file .*gone\.thrift cannot be read/);
  });

  it("takes hexadecimal text", () => {
    const { code, lines } = run("--hex", "--request", file("hex", `${Buffer.from("tell 1 0\n").toString("hex").replace(/(..)/g, "$1 ")}\n`));
    assert.deepEqual([code, lines.length], [0, 1]);
    assert.match(run("--hex", "--request", file("wrong", "da bx")).problems, /found "x" at character 5, allowed are hexadecimal digits/);
    assert.match(run("--hex", "--request", file("odd", "dab")).problems, /found 3 hexadecimal digits, two make a byte/);
  });

  it("says where bytes are wrong, goes on if it can, and fails", () => {
    const { code, lines, problems } = run("--request", file("bad", "tell 1 0\nshout 1 2\nhitell 2 0\ncall x 0\n"));
    assert.equal(code, 1);
    assert.deepEqual(lines.map(line => line.error), [undefined, "unknown verb", undefined, "id is no number"]);
    assert.match(problems, /^request byte 9 \(message from byte 9\): unknown verb; this message of 12 bytes is skipped; bytes from 9: 73 68 6f/m);
    assert.match(problems, /^request byte 35 \(message from byte 30\): id is no number; bytes from 30: 63 61 6c 6c 20 78/m);
  });

  it("says when the bytes end too early", () => {
    const { code, problems } = run("--response", file("short", "ok 1 10\nabc"));
    assert.equal(code, 1);
    assert.match(problems, /response byte 11 \(message from byte 0\): the bytes end in the middle of a message, at least 7 more are needed/);
  });

  it("reads captures, connection by connection", () => {
    const client = "127.0.0.1:40000", server = "127.0.0.1:20880";
    const path = file("capture.pcap", classic([
      packet({ from: client, to: server, sequence: 0, flags: "S" }), packet({ from: server, to: client, sequence: 0, flags: "SA" }),
      packet({ from: client, to: server, sequence: 6, payload: "1 0\n" }), packet({ from: client, to: server, sequence: 1, payload: "call " }),
      packet({ from: server, to: client, sequence: 1, payload: "ok 1 0\n" }),
    ]));
    const { code, lines } = run("--pcap", path);
    assert.equal(code, 0);
    assert.deepEqual(lines.map(({ connection, direction, request }) => [connection, direction, request]),
      [[`${client} > ${server}`, "request", undefined], [`${client} > ${server}`, "response", 1]]);
    assert.match(run("--pcap", path, "--port", "80").problems, /capture.pcap: it holds no TCP bytes of port 80/);
  });

  it("tells wrong use from failure", () => {
    assert.deepEqual([run().code, run("--request", "-", "--response", "-").code, run("--pcap", "x", "--hex").code], [2, 2, 2]);
    const request = file("fine", "tell 1 0\n");
    const options = run("--request", request, "--options", '{"ordr":"free"}');
    assert.equal(options.code, 2);
    assert.match(options.problems, /--options: ordr: found an unknown field.*did you mean order/);
    assert.match(run("--request", request, "--options", "[]").problems, /--options: found \[\], allowed is a JSON object/);
    const missing = run("--request", join(dir, "none"));
    assert.equal(missing.code, 1);
    assert.match(missing.problems, /--request .*none: there is no such file/);
    assert.match(run("--request", request, "--wasm", "none.wasm").problems, /--wasm none.wasm: there is no such file/);
  });
});
