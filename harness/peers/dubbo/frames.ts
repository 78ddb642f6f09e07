import { spawn } from "node:child_process";
import { ensureGoPeer, ensureJavaPeer } from "./build.ts";

/** What a real library reads in one request: its own words if it cannot, or what a provider goes by. */
export interface Reading {
  error?: string;
  method?: string;
  /** The first argument, if it is text. */
  first?: string;
  /** Texts; true for a value that is none, null for none. */
  attachments?: Record<string, string | true | null>;
  /** Java: the strings that the body begins with. */
  path?: string | null;
  version?: string | null;
  /** Go: what it finds the service by. */
  key?: string;
}

export type Library = "java" | "go";

/** How a Go program ends that cannot go on: the stack is too small for values that contain themselves. */
const GO_FATAL = 2;

const JVM = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx512m", ...["lang", "math", "util"].flatMap((name) => ["--add-opens", `java.base/java.${name}=ALL-UNNAMED`])];

/** Request frames with random values, one behind the other, as the library writes them: all to `hello` of p.Pub 1.0.0. */
export async function writeFrames(library: Library, count: number, seed: number): Promise<Buffer> {
  const { code, out, said } = library === "java"
    ? await piped("java", [...JVM, "-cp", await ensureJavaPeer(), "org.meltemi.demo.Main", "write", "--count", String(count), "--seed", String(seed)])
    : await piped(await ensureGoPeer(), ["-mode", "write", "-count", String(count), "-seed", String(seed)]);
  if (code !== 0) throw new Error(`${library} writes no frames: ${said}`);
  return out;
}

/** What the library reads in each frame. */
export async function readFrames(library: Library, frames: Buffer[]): Promise<Reading[]> {
  const [command, args]: [string, string[]] = library === "java"
    ? ["java", [...JVM, "-cp", await ensureJavaPeer(), "org.meltemi.demo.Main", "read"]]
    : [await ensureGoPeer(), ["-mode", "read"]];
  const readings: Reading[] = [];
  for (let from = 0; from < frames.length;) {
    const { code, out, said } = await piped(command, args, Buffer.concat(frames.slice(from))), lines = out.toString().split("\n").filter(Boolean);
    readings.push(...lines.map((line) => JSON.parse(line) as Reading));
    if (code === 0) break;
    if (library === "java" || code !== GO_FATAL) throw new Error(`${command} ${args.at(-1)} ended with ${code}: ${said}`);
    readings.push({ error: "the library never comes to an end" });
    from = readings.length;
  }
  return readings;
}

/** Runs a program to its end with these bytes on standard input; its standard output, and what it said last. */
function piped(command: string, args: string[], input: Buffer = Buffer.alloc(0)): Promise<{ code: number | null; out: Buffer; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: "pipe" }), out: Buffer[] = [];
    let said = "";
    child.stdout.on("data", (part: Buffer) => out.push(part));
    // The libraries log each frame that they cannot read.
    child.stderr.on("data", (part: Buffer) => { said = (said + part.toString()).slice(-4000); });
    // One that ends early reads no more.
    child.stdin.on("error", () => undefined);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out: Buffer.concat(out), said }));
    child.stdin.end(input);
  });
}
