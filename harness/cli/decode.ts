import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InvalidArgumentError, type Command } from "commander";
import { ROOT } from "../tools/paths.ts";
import { shown, Trouble } from "../tools/progress.ts";
import { idlOf } from "./decoding/idl.ts";
import { decode, Misuse, type Output } from "./decoding/run.ts";
import { connectionsOf, type Piece } from "./pcap/connections.ts";

interface Flags {
  request?: string;
  response?: string;
  pcap?: string;
  port?: number;
  hex?: boolean;
  wasm?: string;
  key?: string[];
  options?: string;
  idl?: string[];
  guarded?: boolean;
}

const HELP = `
Prints one line of JSON for each message: direction, offset, kind, id, size of its head and total size, further fields from the
codec, and its metadata. Replies are matched to their requests. It runs the same module as Envoy.
Exit code 1 if bytes are invalid or missing.

  meltemi decode dubbo --request request.bin --response reply.bin
  tcpdump -i lo -w - tcp port 20880 | meltemi decode dubbo --pcap - --port 20880
  echo dabb... | meltemi decode dubbo --hex --request - --key user`;

/** Adds `meltemi decode` to a program. */
export function addDecode(program: Command, output: Output = standardOutput()): Command {
  const command = program.command("decode <codec>").description("decode recorded bytes with a codec and print the messages")
    .option("--request <file>", "bytes of the client, - for standard input")
    .option("--response <file>", "bytes of the server, - for standard input")
    .option("--pcap <file>", "a capture with both (pcap or pcapng), - for standard input")
    .option("--port <number>", "with --pcap: the server's port; other connections are left out", portNumber)
    .option("--hex", "--request and --response are hexadecimal text; white space is ignored")
    .option("--wasm <file>", "the module with the codec (default: build/<codec>.wasm, then build/meltemi.wasm)")
    .option("--key <name...>", "additional metadata keys to show, such as headers or attachments by name")
    .option("--options <json>", "the codec's own options")
    .option("--idl <file...>", "for Thrift: .thrift files against which requests are checked; arguments become keys, such as args.user.id")
    .option("--guarded", "decode as with guarding filters (auth, token, jwt, extAuth, rate limits): ambiguous keys are hidden, or the message refused")
    .addHelpText("after", HELP);
  return command.action((codec: string, flags: Flags) => {
    const wrong = misuse(flags);
    if (wrong) command.error(`error: ${wrong}`, { exitCode: 2 });
    try {
      process.exitCode = run(codec, flags, output);
    } catch (error) {
      output.problem(`decode: ${shown(error)}`);
      process.exitCode = error instanceof Misuse ? 2 : 1;
    }
  });
}

function run(codec: string, flags: Flags, output: Output): number {
  const wasm = flags.wasm ?? modules(codec).find(existsSync);
  if (!wasm) throw new Trouble(`neither ${modules(codec).join(" nor ")} exists: run \`npx meltemi build\`, or name a module with --wasm`);
  if (!existsSync(wasm)) throw new Trouble(`--wasm ${wasm}: there is no such file`);
  const { pieces, notes } = flags.pcap ? captured(flags.pcap, flags.port) : { pieces: plain(flags), notes: [] };
  const options = { ...json(flags.options), ...(flags.idl ? { idl: idlOf(flags.idl) } : {}) };
  const problems = decode({ codec, wasm, options, guarded: flags.guarded ?? false, keys: flags.key ?? [], pieces, named: flags.pcap !== undefined }, output);
  for (const { connection, text } of notes) output.problem(`${connection}: ${text}`);
  return problems + notes.length > 0 ? 1 : 0;
}

function misuse(flags: Flags): string | null {
  const plainFiles = [flags.request, flags.response].filter(file => file !== undefined);
  if (flags.pcap && plainFiles.length > 0) return "--pcap has both directions: leave --request and --response out";
  if (!flags.pcap && plainFiles.length === 0) return "nothing to read: give --request, --response or --pcap";
  if (flags.request === "-" && flags.response === "-") return "only one of --request and --response can be standard input";
  if (flags.pcap && flags.hex) return "--hex is for --request and --response, a capture is read as it is";
  if (!flags.pcap && flags.port !== undefined) return "--port is for --pcap";
  return null;
}

function modules(codec: string): string[] { return [codec, "meltemi"].map(name => join(ROOT, "build", `${name}.wasm`)); }

function captured(file: string, port?: number): ReturnType<typeof connectionsOf> {
  try {
    const found = connectionsOf(readInput("--pcap", file), port);
    if (found.pieces.length === 0) throw new Trouble(`it holds no TCP bytes${port === undefined ? "" : ` of port ${port}`}`);
    return found;
  } catch (error) {
    if (error instanceof Trouble) throw new Trouble(`--pcap ${file}: ${error.message}`);
    throw error;
  }
}

function plain(flags: Flags): Piece[] {
  const pieces: Piece[] = [];
  for (const direction of ["request", "response"] as const) {
    const file = flags[direction];
    if (file === undefined) continue;
    const bytes = readInput(`--${direction}`, file);
    pieces.push({ connection: "", direction, bytes: flags.hex ? fromHex(bytes.toString("latin1"), `--${direction} ${file}`) : bytes });
  }
  return pieces;
}

function readInput(flag: string, file: string): Buffer {
  try {
    return readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    throw new Trouble(`${flag} ${file}: ${(error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : (error as Error).message}`);
  }
}

/** Skips white space; any other character that is not a digit is an error with its position. */
function fromHex(text: string, what: string): Buffer {
  const digits = text.replace(/\s+/g, ""), wrong = text.search(/[^0-9a-fA-F\s]/);
  if (wrong >= 0) throw new Trouble(`${what}: found ${JSON.stringify(text[wrong])} at character ${wrong + 1}, allowed are hexadecimal digits`);
  if (digits.length % 2 === 1) throw new Trouble(`${what}: found ${digits.length} hexadecimal digits, two make a byte`);
  return Buffer.from(digits, "hex");
}

function json(text = "{}"): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch { /* reported below */ }
  throw new Misuse(`--options: found ${text}, allowed is a JSON object`);
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new InvalidArgumentError(`found ${text}, allowed is 1..65535`);
  return port;
}

function standardOutput(): Output {
  return { line: text => process.stdout.write(`${text}\n`), problem: text => process.stderr.write(`${text}\n`) };
}
