import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { parseAllDocuments } from "yaml";
import { onPath } from "../../tools/func-e.ts";
import { run } from "../../tools/process.ts";
import { lastLine, step, Trouble } from "../../tools/progress.ts";

const DOWNLOAD_MS = 300_000;
const FILE = "kubernetes/customresourcedefinitions.gen.yaml";

interface Definition {
  spec: { group: string; names: { kind: string; plural: string }; versions: { name: string; schema: { openAPIV3Schema: object } }[] };
}

/** Istio's own CustomResourceDefinitions, of the release of its API module that go.mod names; Go's module cache keeps them. */
export async function istioDefinitions(): Promise<Definition[]> {
  if (!onPath("go")) throw new Trouble("Istio's schemas: go is missing: install Go 1.25 or newer (https://go.dev/dl)");
  const done = await step("fetching Istio's API with go", () => run("go", ["mod", "download", "-json", "istio.io/api"], { cwd: join(import.meta.dirname, "go"), env: { GOFLAGS: "-mod=mod" }, timeoutMs: DOWNLOAD_MS }));
  if (done.code !== 0) throw new Trouble(`Istio's schemas: ${lastLine(done.output)}`);
  const { Dir } = JSON.parse(done.output.slice(done.output.indexOf("{"))) as { Dir: string };
  return parseAllDocuments(readFileSync(join(Dir, FILE), "utf8")).map((document) => document.toJS() as Definition | null).filter((one) => one !== null);
}

/** By `<apiVersion> <kind>`: whether the API server would take an object, as far as the schema says. What the schema does not name is refused. */
export function validators(definitions: readonly Definition[]): Map<string, ValidateFunction> {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  return new Map(definitions.flatMap(({ spec: { group, names, versions } }) =>
    versions.map(({ name, schema }) => [`${group}/${name} ${names.kind}`, ajv.compile(closed(schema.openAPIV3Schema, true) as object)] as const)));
}

/** OpenAPI's schema as JSON Schema's: unknown fields, which a server prunes, are mistakes here; Kubernetes' own are not described in it. */
function closed(schema: unknown, root = false): unknown {
  if (Array.isArray(schema)) return schema.map((each) => closed(each));
  if (typeof schema !== "object" || schema === null) return schema;
  const { properties, ...rest } = schema as Record<string, unknown>;
  if (rest["x-kubernetes-int-or-string"]) return { type: ["integer", "string"] };
  const described = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, ["oneOf", "anyOf", "allOf", "not"].includes(key) ? value : closed(value)]));
  if (properties === undefined) return described;
  const own = Object.fromEntries(Object.entries(properties as object).map(([key, value]) => [key, closed(value)]));
  const free = rest["x-kubernetes-preserve-unknown-fields"] === true || rest.additionalProperties !== undefined;
  const kubernetes = root ? { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: { type: "object" } } : {};
  return { ...described, properties: { ...own, ...kubernetes }, ...(free ? {} : { additionalProperties: false }) };
}
