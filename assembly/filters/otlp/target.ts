import { Json } from "../../bytes/json";
import { PairWriter } from "../../bytes/pairs";
import { Problems } from "../../bytes/problems";
import { utf8Bytes } from "../../bytes/utf8";
import { Writer } from "../../bytes/writer";
import { writeHead, writeTextAttribute, writeTextField } from "./proto";

/** A collector as the configuration describes it. */
@final
export class Target {
  cluster: string = "";
  headers: PairWriter = new PairWriter();
  /** Field 1 of ResourceSpans and ResourceLogs. */
  resource: Writer = new Writer(128);
  /** Field 1 of ScopeSpans and ScopeLogs. */
  scope: Writer = new Writer(32);
  timeoutMs: i32 = 0;
  intervalMs: i32 = 0;
  batchBytes: i32 = 0;
  queueBytes: i32 = 0;
}

/**
 * {"cluster", "path"?, "authority"?, "headers"?: {name: text}, "timeoutMs"?, "intervalMs"?, "batchBytes"?, "queueBytes"?,
 * "resource"?: {attribute: text}}; the headers, and a query of the path, may hold secrets.
 */
export function readTarget(json: Json, path: string, service: string, problems: Problems): Target {
  const target = new Target();
  problems.unknownFields(json, ["cluster", "path", "authority", "headers", "timeoutMs", "intervalMs", "batchBytes", "queueBytes", "resource"]);
  problems.hide(json, ["path", "headers"]);
  target.cluster = problems.needText(json, "cluster");
  target.timeoutMs = <i32>problems.int(json, "timeoutMs", 5000, 1, 60_000);
  target.intervalMs = <i32>problems.int(json, "intervalMs", 1000, 10, 60_000);
  target.batchBytes = <i32>problems.int(json, "batchBytes", 64 << 10, 1 << 10, 4 << 20);
  target.queueBytes = <i32>problems.int(json, "queueBytes", 1 << 20, target.batchBytes, 64 << 20);
  target.headers.add(":method", "POST").add(":path", problems.text(json, "path", path))
    .add(":authority", problems.text(json, "authority", target.cluster)).add("content-type", "application/x-protobuf");
  readHeaders(json, target, problems);
  readResource(json, target, service, problems);
  return target;
}

function readHeaders(json: Json, target: Target, problems: Problems): void {
  const headers = problems.object(json, "headers");
  if (!headers) return;
  for (let i = 0; i < headers.names.length; i++) {
    const name = headers.names[i].toLowerCase(), value = headers.items[i];
    if (!isToken(name)) return problems.report(headers.path(), "found an invalid header name");
    if (value.text.length == 0 || hasControl(value.text)) return problems.wrong(value, "text that is not empty, without control characters");
    target.headers.add(name, value.text);
  }
}

/** RFC 9110, 5.6.2, in lower case. */
function isToken(name: string): bool {
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    if (!(unit >= 0x61 && unit <= 0x7a) && !(unit >= 0x30 && unit <= 0x39) && !"!#$%&'*+-.^_`|~".includes(name.charAt(i))) return false;
  }
  return name.length > 0;
}

function hasControl(text: string): bool {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20 || text.charCodeAt(i) == 0x7f) return true;
  return false;
}

function readResource(json: Json, target: Target, service: string, problems: Problems): void {
  const resource = problems.object(json, "resource"), attributes = new Writer(128);
  if (!resource || !resource.has("service.name")) addText(attributes, "service.name", service.length ? service : "unknown_service");
  for (let i = 0; resource && i < resource.names.length; i++) {
    if (!problems.isText(resource.items[i])) return;
    addText(attributes, resource.names[i], resource.items[i].text);
  }
  writeHead(target.resource, 1, attributes.length);
  target.resource.bytes(attributes.base, attributes.length);
  attributes.free();
  const name = utf8Bytes("meltemi");
  writeHead(target.scope, 1, name.length + 2);
  writeTextField(target.scope, 1, changetype<usize>(name), name.length);
}

function addText(out: Writer, name: string, value: string): void {
  const bytes = utf8Bytes(value);
  writeTextAttribute(out, 1, utf8Bytes(name), changetype<usize>(bytes), bytes.length);
}
