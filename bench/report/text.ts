import { nameOf } from "../plan.ts";
import { costOf, type Grown } from "../axes.ts";
import type { Result, Row, Spread } from "../measure.ts";
import type { Lasting, Memory } from "../memory.ts";
import type { Start } from "../start.ts";

/** With as many digits as say something. */
export const number = (value: number): string => value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
const three = ({ min, median, max }: Spread): string => `${number(median)} (${number(min)}..${number(max)})`;
const rate = ({ min, median, max }: Spread): string => `${(median / 1000).toFixed(1)}k (${(min / 1000).toFixed(1)}k..${(max / 1000).toFixed(1)}k)`;
const ratio = (spread: Spread | undefined): string => spread ? three(spread) : "";

const HEAD = ["", "CPU us/request", "requests/s", "p50 us", "p99 us", "CPU to native", "CPU to tcp_proxy", "generator", "server"];
const cells = (row: Row): string[] => [row.contestant, three(row.cpu), rate(row.requestsPerSecond), three(row.p50), three(row.p99), ratio(row.toNative), ratio(row.toFloor),
  `${(row.generator.median * 100).toFixed(0)} %`, `${(row.server.median * 100).toFixed(0)} %`];

/** The table of a point, for people; also in Markdown. */
export function pointTable(result: Result): string {
  const table = [HEAD, ...result.rows.map(cells)], widths = HEAD.map((_, i) => Math.max(...table.map((cells) => cells[i]!.length)));
  const line = (cells: string[]): string => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [`### ${nameOf(result)}`, "", line(table[0]!), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...table.slice(1).map(line), "", ...result.failed.map(({ contestant, why }) => `${contestant} failed: ${why}\n`)].join("\n");
}

/** Where the generator or the server behind had nearly a whole CPU, what is said of time is of them. CPU of Envoy is not. */
const BUSY = 0.9;

/** What the load generator says of itself. */
export function selfCheck(results: readonly Result[]): string {
  const busy = results.flatMap((result) => result.rows.filter(({ generator, server }) => Math.max(generator.median, server.median) > BUSY).map((row) => `${row.contestant}, ${nameOf(result)}`));
  const near = results.flatMap((result) => result.rows.filter(({ requestsPerSecond }) => requestsPerSecond.median > BUSY * result.ceiling).map((row) => `${row.contestant}, ${nameOf(result)}`));
  const lines = [
    `Straight against the server behind, the generator does ${results.map(({ ceiling }) => `${(ceiling / 1000).toFixed(0)}k`).join(", ")} requests/s at these points.`,
    busy.length === 0 ? "Neither of the two was ever busy for 90 % of the time: they are not what is measured." : `Busy for more than 90 % of the time, so that rates and latencies are those of the generator or the server: ${busy.join("; ")}.`,
    near.length === 0 ? "No proxy came within 90 % of that rate." : `Within 90 % of that rate: ${near.join("; ")}.`,
  ];
  return lines.join("\n");
}

/** A line for each contestant, a column for each step. */
export function growthTable(grown: Grown): string {
  const { protocol, axis, steps } = grown, rows = steps[0]?.result.rows ?? [];
  const lines = rows.map(({ contestant }) => `| ${contestant} | ${steps.map((step) => costOf(grown, step, contestant)).map((cost) => cost === undefined ? "failed" : number(cost)).join(" | ")} |`);
  return [`## ${protocol}, by ${axis.name}`, "", `CPU, microseconds a ${axis.perMiB ? "MiB, both ways counted" : "request"}, median.`, "",
    `| | ${axis.values.map((value) => value.toLocaleString("en")).join(" | ")} |`, `|---|${axis.values.map(() => "---|").join("")}`, ...lines, ""].join("\n");
}

export function memoryTable(idle: readonly Memory[]): string {
  const kib = (bytes: number): string => (bytes / 1024).toFixed(1);
  return ["## Memory of an idle connection", "", "KiB of Envoy, Wasm included; each connection has had one answer.", "", "| | | connections | KiB each | beyond tcp_proxy |", "|---|---|---|---|---|",
    ...idle.map(({ protocol, contestant, connections, bytesEach, beyondFloor }) => `| ${protocol} | ${contestant} | ${connections} | ${kib(bytesEach)} | ${kib(beyondFloor)} |`), ""].join("\n");
}

export function lastingTable(lasted: readonly Lasting[]): string {
  const mib = (bytes: number): string => (bytes / (1 << 20)).toFixed(1);
  return ["## Memory after many requests", "", "MiB of Envoy, Wasm included, after the first million and after all.", "", "| | | requests | first million | all |", "|---|---|---|---|---|",
    ...lasted.map(({ protocol, contestant, requests, early, late }) => `| ${protocol} | ${contestant} | ${(requests / 1e6).toFixed(1)} million | ${mib(early)} | ${mib(late)} |`), ""].join("\n");
}

export function startTable(started: readonly Start[]): string {
  return ["## Start", "", "Seconds from `meltemi run` to its line \"ready\", and the size of the module.", "", "| | seconds | KiB |", "|---|---|---|",
    ...started.map(({ protocol, seconds, wasmBytes }) => `| ${protocol} | ${three(seconds)} | ${(wasmBytes / 1024).toFixed(0)} |`), ""].join("\n");
}
