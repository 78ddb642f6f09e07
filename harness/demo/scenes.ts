import type { AwesomeClient } from "../../examples/awesomerpc/peer/client.ts";
import type { DubboClient } from "../peers/dubbo/index.ts";
import type { RespClient } from "../peers/redis/index.ts";
import type { ThriftClient } from "../peers/thrift/index.ts";

interface Row { what: string; client: string; requests: number; saw: string; good: boolean }

const SPLIT_CALLS = 1000;
const PIPELINED = 10_000;

/** What is shown. Each scene is one client with one connection; each line is one request and who answered it. */
export class Scenes {
  private readonly rows: Row[] = [];

  constructor(private readonly say: (line: string) => void) {}

  get good(): boolean { return this.rows.every(({ good }) => good); }

  /** Requests whose attachment user is test go to v2 with tracing=100, all others to v1. */
  async canary(language: string, client: DubboClient): Promise<void> {
    this.title(`Dubbo canary, ${language} client: user=test goes to v2 and is marked tracing=100, all others go to v1`);
    let good = true;
    for (const user of ["alice", "test", "bob", "test"]) {
      const server = String((await client.call({ method: "whoami", attachments: { user } })).value);
      const seen = JSON.parse(String((await client.call({ method: "attachments", attachments: { user } })).value)) as Record<string, string>;
      good &&= user === "test" ? server === "v2" && seen.tracing === "100" : server === "v1" && seen.tracing === undefined;
      this.line(`user=${user}`, server, seen.tracing ? `the server saw user=${seen.user} tracing=${seen.tracing}` : `the server saw user=${seen.user}`);
    }
    this.rows.push({ what: "canary by attachment, attachment added", client: language, requests: 8, saw: "test: v2 +tracing, others: v1", good });
  }

  /** Batch jobs have a server of their own; a request that does not say what it is finds no route. */
  async batch(language: string, client: DubboClient): Promise<void> {
    this.title(`Dubbo batch isolation, ${language} client: batchJob=true goes to v2, batchJob=false to v1, others nowhere`);
    let good = true;
    for (const batchJob of ["true", "false"]) {
      const server = String((await client.call({ method: "whoami", attachments: { batchJob } })).value);
      good &&= server === (batchJob === "true" ? "v2" : "v1");
      this.line(`batchJob=${batchJob}`, server, "");
    }
    const lost = await client.call({ method: "whoami" });
    good &&= !lost.ok && /no route matches/.test(String(lost.error));
    this.line("(no attachment)", "nobody", `the client says: ${String(lost.cause ?? lost.error).slice(0, 90)}`);
    this.rows.push({ what: "batch isolation, no route: native error", client: language, requests: 3, saw: "true: v2, false: v1, none: error", good });
  }

  /** Shares of 30 and 70, request by request. */
  async split(language: string, client: DubboClient): Promise<void> {
    this.title(`Dubbo 30/70, ${language} client: ${SPLIT_CALLS} requests on one connection`);
    const { results, errors } = await client.many({ count: SPLIT_CALLS, concurrency: 16, calls: [{ method: "whoami" }] });
    const v1 = results.v1 ?? 0, v2 = results.v2 ?? 0;
    this.line(`${SPLIT_CALLS} requests`, "v1 and v2", `v1 answered ${v1}, v2 answered ${v2}`);
    const reply = await client.call({ method: "hello", args: ["world"] });
    const added = reply.responseAttachments?.experiment;
    this.line("hello world", String(reply.responseAttachments?.["served-by"]), `the reply carries experiment=${added}`);
    const good = Object.keys(errors).length === 0 && v1 + v2 === SPLIT_CALLS && Math.abs(v1 / SPLIT_CALLS - 0.3) < 0.06 && added === "split-30-70";
    this.rows.push({ what: "30/70 split, attachment on replies", client: language, requests: SPLIT_CALLS + 1, saw: `v1 ${v1}, v2 ${v2}`, good });
  }

  /** A key's prefix is its server, also inside a transaction; passwords stay where they belong. */
  async redis(client: RespClient): Promise<void> {
    this.title("Redis, one connection: keys session:* go to a server with a password of its own, all others to the cache");
    const ask = async (...words: string[]): Promise<string> => {
      const reply = await client.call(...words);
      return reply instanceof Error ? reply.message : JSON.stringify(reply);
    };
    const seen: string[] = [];
    const show = async (wanted: RegExp, ...words: string[]): Promise<void> => {
      const reply = await ask(...words);
      this.line(words.join(" "), "", reply.slice(0, 90));
      if (!wanted.test(reply)) seen.push(words.join(" "));
    };
    await show(/OK/, "SET", "session:1", "ann");
    await show(/OK/, "SET", "page:1", "text");
    await show(/1/, "DBSIZE");
    await show(/CROSSSLOT/, "MGET", "session:1", "page:1");
    for (const words of [["MULTI"], ["INCR", "session:n"], ["SET", "page:2", "x"], ["EXEC"]]) {
      await show(words[0] === "EXEC" ? /EXECABORT/ : words[1] === "page:2" ? /CROSSSLOT/ : /OK|QUEUED/, ...words);
    }
    await show(/^0$/, "EXISTS", "session:n");
    const numbers = await client.pipeline(Array.from({ length: PIPELINED }, (_, i) => ["INCR", i % 2 ? "session:count" : "count"]));
    const ordered = numbers.every((number, i) => number === Math.floor(i / 2) + 1);
    this.line(`${PIPELINED} INCR, pipelined`, "", `${ordered ? "every" : "NOT every"} reply in its place, from two servers in turns`);
    this.rows.push({ what: "routes by key prefix, transactions, strict order", client: "RESP", requests: PIPELINED + 9, saw: "two servers, CROSSSLOT, EXECABORT, all in order", good: ordered && seen.length === 0 });
  }

  /** A THeader key picks the version; a client that numbers nothing gets its answers in order. */
  async thrift(language: string, client: ThriftClient, named: ThriftClient): Promise<void> {
    this.title(`Thrift canary, ${language} client, THeader: user=test goes to v2 and is marked tracing=100, service Stock to v2`);
    let good = true;
    for (const user of ["alice", "test"]) {
      const server = String((await client.call({ method: "whoami", headers: { user } })).value);
      const keys = (await client.call({ method: "headers", headers: { user } })).value as Record<string, string>;
      good &&= user === "test" ? server === "v2" && keys.tracing === "100" : server === "v1" && keys.tracing === undefined;
      this.line(`user=${user}`, server, `the server saw ${Object.entries(keys).map((pair) => pair.join("=")).join(" ")}`);
    }
    const stock = String((await named.call({ method: "whoami" })).value);
    this.line("Stock:whoami", stock, "");
    const lost = await client.call({ method: "echo", args: ["x"] });
    this.line("echo", "nobody", `the client says: ${lost.class} ${lost.error}`.slice(0, 100));
    good &&= stock.startsWith("v2") && lost.class === "TApplicationException";
    const users = Array.from({ length: 100 }, (_, i) => i % 3 === 0 ? "test" : "alice");
    const answers = await client.pipeline(users.map((user) => ({ method: "whoami", headers: { user } })));
    const ordered = answers.every(({ value }, i) => value === (users[i] === "test" ? "v2" : "v1"));
    this.line("100 calls, pipelined", "v1 and v2", `${ordered ? "every" : "NOT every"} answer in its place`);
    this.rows.push({ what: "canary by THeader key, native error, order", client: language, requests: 106, saw: "test: v2 +tracing, Stock: v2, others: v1", good: good && ordered });
  }

  /** The example protocol, by its own codec. */
  async awesome(client: AwesomeClient): Promise<void> {
    this.title("AwesomeRPC, a protocol of our own, 95 lines of codec: user=test goes to v2 and is marked");
    let good = true;
    for (const user of ["alice", "test"]) {
      const answer = await client.call({ cmd: "greet", user });
      const { server, headers } = JSON.parse(answer.body.toString()) as { server: string; headers: [string, string][] };
      good &&= server === (user === "test" ? "greeter2" : "greeter1") && headers.some(([key]) => key === "tracing") === (user === "test");
      this.line(`user=${user}`, server, `the server saw ${headers.map((pair) => pair.join("=")).join(" ")}`);
    }
    this.rows.push({ what: "a protocol of one's own, routed and changed", client: "Node", requests: 2, saw: "test: v2 +tracing, others: v1", good });
  }

  table(): string {
    const lines = this.rows.map(({ what, client, requests, saw, good }) => [good ? "ok" : "WRONG", what, client, String(requests), saw]);
    const all = [["", "shown, each on one connection", "client", "requests", "seen"], ...lines];
    const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)));
    return all.map((line) => line.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd()).join("\n");
  }

  private title(text: string): void { this.say(`\n${text}`); }

  private line(request: string, server: string, note: string): void {
    this.say(`  ${request.padEnd(18)} -> ${server.padEnd(10)} ${note}`.trimEnd());
  }
}
