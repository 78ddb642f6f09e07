/**
 * Records the vectors in `recorded/` anew from real Thrift peers: node --import tsx codecs/thrift/vectors/record.ts
 * `expect` says what was asked of the peers, not what a codec found.
 */
import { join } from "node:path";
import { CLIENT_STACKS, startClient, startServer, startTap, VERSIONS, type Call, type Library, type Stack, type ThriftServer } from "../../../harness/peers/thrift/index.ts";
import { until } from "../../../harness/tools/wait.ts";
import { type Expected, type GoodVector, saveRecorded } from "../../../tests/contract/vectors.ts";

const ITEM = { id: 3, name: "lamp", numbers: [1, -12345678901, 300], tags: { a: "b", "": "ü" }, marks: [-1, 70000], flag: true, weight: -1.5 };
const LONG = "0123456789".repeat(50);
const HEADERS = { user: "test", empty: "", "x-umlaut": "Zoë 日本" };
const DEFLATED = "the payload is deflated: told only if it is inflated";

/** The end of an unframed message is found by reading it: its size may be told later. */
type Facts = Omit<Expected, "size"> & { size?: number };
type Recorded = Omit<GoodVector, "expect"> & { expect: Facts };

/** What the caller knows of a message beyond its stack. */
interface Known {
  call: Call;
  service?: string;
  zlib?: boolean;
  /** No answer comes; Go's library says CALL all the same (TStandardClient.Send). */
  oneway?: boolean;
  /** Of the answer. */
  outcome?: "Ok" | "Caller" | "Server";
}

const SHORT: Record<string, Known> = {
  item: { call: { method: "item", args: [ITEM] }, outcome: "Ok" },
  boom: { call: { method: "boom", args: ["bang"] }, outcome: "Caller" },
  crash: { call: { method: "crash", args: ["ouch"] } },
};
const APACHE: Record<string, Known> = {
  ...SHORT,
  stock: { call: { method: "echo", args: [LONG] }, service: "Stock", outcome: "Ok" },
  notify: { call: { method: "notify", args: ["x"] }, oneway: true },
};
const FULL: Record<string, Known> = {
  ...APACHE,
  whoami: { call: { method: "whoami" }, outcome: "Ok" },
  missing: { call: { method: "missing", args: ["x"] } },
};
const CALLS: Record<Library, Record<string, Known>> = { python: FULL, node: SHORT, go: APACHE, thriftpy2: SHORT };

async function record(library: Library, stack: Stack, server: ThriftServer, serverLibrary: Library, calls: Record<string, Known>): Promise<Recorded[]> {
  const vectors: Recorded[] = [];
  for (const [name, known] of Object.entries(calls)) {
    const tap = await startTap(server.port);
    const client = await startClient(library, { port: tap.port, ...stack, service: known.service, zlib: known.zlib });
    const headers = stack.transport === "header" ? { headers: HEADERS } : {};
    await client.call({ ...known.call, ...headers });
    const { request, response } = await until(`${name} has passed`, 10_000, () => tap.passed(known.oneway !== true));
    const base = `${library}-${stack.transport}-${stack.protocol}-${name}`;
    const [from, to] = [`${VERSIONS[library]} client`, `${VERSIONS[serverLibrary]} server`];
    vectors.push(vector(`${base}-request`, `${from} -> ${to}`, "request", request, requestFacts(known, stack, library)));
    // what the Python server answers is recorded with Python's client
    if (response.length > 0 && (library === "python" || serverLibrary !== "python")) {
      vectors.push({ ...vector(`${base}-reply`, `${to} -> ${from}`, "response", response, replyFacts(known, stack, server)), answers: `${base}-request` });
    }
    await client.stop();
    await tap.stop();
  }
  return vectors;
}

function vector(name: string, origin: string, direction: "request" | "response", bytes: Buffer, expect: Facts): Recorded {
  if (bytes.length === 0) throw new Error(`${name}: nothing was sent`);
  const framed = bytes[0] === 0;
  if (framed && bytes.readUInt32BE(0) !== bytes.length - 4) throw new Error(`${name}: ${bytes.length} bytes are not one frame`);
  return { name, origin, direction, expect: { ...expect, ...(framed ? { size: bytes.length } : {}) }, hex: bytes.toString("hex") };
}

function requestFacts({ call, service, oneway, zlib }: Known, stack: Stack, library: Library): Facts {
  const inside: Record<string, string> = { method: call.method, protocol: stack.protocol, seqid: SEQIDS[library], ...(service ? { service } : {}) };
  // Go's multiplexed protocol hides the THeader one from the client that would write the keys (TStandardClient.Send)
  const headed = stack.transport === "header" && !(library === "go" && service);
  const outside = { transport: transportOf(stack), ...(headed ? headerKeys(HEADERS) : {}) };
  const facts: Facts = { kind: "Call", metadata: { ...outside, ...inside } };
  if (!zlib && !(oneway && library === "go")) facts.expect = oneway ? "None" : "Some";
  if (zlib) facts.mayHide = { method: DEFLATED, seqid: DEFLATED };
  else if (!service) facts.absent = ["service"];
  return facts;
}

function replyFacts({ outcome, call, service }: Known, stack: Stack, server: ThriftServer): Facts {
  const facts: Facts = { kind: "Call", metadata: {} };
  if (outcome) facts.outcome = outcome;
  if (stack.transport === "header" && call.method !== "missing") facts.metadata = { "header.served-by": service ? `${server.name}/${service}` : server.name };
  return facts;
}

const transportOf = ({ transport }: Stack): string => transport === "buffered" ? "unframed" : transport;
const headerKeys = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([key, value]) => [`header.${key}`, value]));

/** Of a connection's first call. */
const SEQIDS: Record<Library, string> = { python: "0", thriftpy2: "0", node: "1", go: "1" };

const python = await startServer("python", { name: "v1", transport: "header" });
const go = await startServer("go", { name: "v1", transport: "header" });
try {
  for (const library of Object.keys(CLIENT_STACKS) as Library[]) {
    const vectors: Recorded[] = [];
    for (const stack of CLIENT_STACKS[library]) {
      const [server, serverLibrary] = library === "go" ? [go, "go"] as const : [python, "python"] as const;
      vectors.push(...await record(library, stack, server, serverLibrary, CALLS[library]));
      if (library !== "python" || stack.transport !== "header") continue;
      vectors.push(...await record(library, stack, go, "go", { zlib: { call: { method: "echo", args: [LONG] }, zlib: true, outcome: "Ok" } }));
    }
    if (library === "node") vectors.push(...await nodeServer());
    saveRecorded(join(import.meta.dirname, ".."), library, vectors);
  }
} finally {
  await Promise.all([python.kill(), go.kill()]);
}

/** Node's server leaves the type of a TApplicationException out. */
async function nodeServer(): Promise<Recorded[]> {
  const vectors: Recorded[] = [];
  for (const transport of ["framed", "buffered"] as const) {
    for (const protocol of ["binary", "compact"] as const) {
      const stack = { transport, protocol }, server = await startServer("node", { name: "v1", ...stack });
      const recorded = await record("go", stack, server, "node", { "node-item": SHORT.item!, "node-crash": SHORT.crash! });
      vectors.push(...recorded);
      await server.kill();
    }
  }
  return vectors;
}
