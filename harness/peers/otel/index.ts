/** A real OpenTelemetry collector (go.opentelemetry.io/collector): what it received over OTLP/HTTP. */
import { freePort } from "../../tools/net.ts";
import { spawn } from "../../tools/process.ts";
import { ensureCollector } from "./build.ts";

export { ensureCollector } from "./build.ts";

export type Attributes = Record<string, string | number>;

/** Ids are hexadecimal, times nanoseconds; kind 2 is a server's, 3 a client's. */
export interface Span {
  traceId: string; spanId: string; parentSpanId: string; traceState: string; name: string; kind: number;
  start: bigint; end: bigint; attributes: Attributes; resource: Attributes; error: boolean; message: string;
}

export interface LogRecord { time: bigint; severity: string; body: string; attributes: Attributes; resource: Attributes }

export interface Collector {
  readonly port: number;
  /** All that came so far. */
  spans(): Span[];
  logs(): LogRecord[];
  stop(): Promise<void>;
}

const READY_MS = 30_000;

/** Starts it on loopback with its OTLP receiver for HTTP. */
export async function startCollector(port?: number): Promise<Collector> {
  const chosen = port ?? await freePort();
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${chosen}` } } } },
    exporters: { lines: {} },
    service: {
      telemetry: { metrics: { level: "none" } },
      pipelines: { traces: { receivers: ["otlp"], exporters: ["lines"] }, logs: { receivers: ["otlp"], exporters: ["lines"] } },
    },
  };
  const child = await spawn(await ensureCollector(), [`--config=yaml:${JSON.stringify(config)}`], { name: "otel collector" });
  try {
    await child.waitFor(/Everything is ready/, READY_MS);
  } catch (error) {
    await child.stop();
    throw error;
  }
  const batches = (): Batch[] => child.stdout().split("\n").slice(0, -1).filter((line) => line.startsWith('{"resource')).map((line) => JSON.parse(line) as Batch);
  return {
    port: chosen,
    spans: () => batches().flatMap(({ resourceSpans }) => resourceSpans ?? []).flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans).map((span) => spanOf(span, values(resource.attributes)))),
    logs: () => batches().flatMap(({ resourceLogs }) => resourceLogs ?? []).flatMap(({ resource, scopeLogs }) =>
      scopeLogs.flatMap(({ logRecords }) => logRecords).map((record) => logOf(record, values(resource.attributes)))),
    stop: () => child.stop(),
  };
}

interface Pair { key: string; value: { stringValue?: string; intValue?: string } }
interface Resource { attributes?: Pair[] }
interface RawSpan {
  traceId: string; spanId: string; parentSpanId?: string; traceState?: string; name: string; kind: number;
  startTimeUnixNano: string; endTimeUnixNano: string; attributes?: Pair[]; status: { code?: number; message?: string };
}
interface RawLog { timeUnixNano: string; severityText?: string; body: { stringValue?: string }; attributes?: Pair[] }
interface Batch {
  resourceSpans?: { resource: Resource; scopeSpans: { spans: RawSpan[] }[] }[];
  resourceLogs?: { resource: Resource; scopeLogs: { logRecords: RawLog[] }[] }[];
}

function spanOf(raw: RawSpan, resource: Attributes): Span {
  return {
    traceId: raw.traceId, spanId: raw.spanId, parentSpanId: raw.parentSpanId ?? "", traceState: raw.traceState ?? "", name: raw.name, kind: raw.kind,
    start: BigInt(raw.startTimeUnixNano), end: BigInt(raw.endTimeUnixNano), attributes: values(raw.attributes), resource,
    error: raw.status.code === 2, message: raw.status.message ?? "",
  };
}

function logOf(raw: RawLog, resource: Attributes): LogRecord {
  return { time: BigInt(raw.timeUnixNano), severity: raw.severityText ?? "", body: raw.body.stringValue ?? "", attributes: values(raw.attributes), resource };
}

const values = (pairs: Pair[] = []): Attributes => Object.fromEntries(pairs.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]));
