import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { parseAllDocuments, stringify } from "yaml";
import { compile, formatProblem, istioManifests, loadResources, type Manifest, type ManifestOptions, relevant, type KubernetesObject, type Source } from "../../control-plane/index.ts";
import { Trouble } from "../tools/progress.ts";
import { loadModules } from "./modules.ts";

interface ManifestFlags {
  file: string[];
  output: string;
  wasm?: string[];
  namespace: string;
  rootNamespace: string;
  image: string;
  module: string;
  url: string;
  tlsSecret?: string;
  tlsCa?: string;
  tlsName?: string;
  http?: Record<string, string>;
  allPages?: boolean;
}

const DRAIN_TIMEOUT_MS = 10_000;
const HELP = `
The resources are those of the Kubernetes cluster, with the addresses that its services have there:

  kubectl get services,serviceentries,virtualservices,destinationrules,gateways -A -o yaml > mesh/cluster.yaml
  meltemi manifests -f mesh/ -o istio/ --image registry.example.com/meltemi:0.1.0
  kubectl apply -f istio/`;

/** Adds `meltemi manifests` to a program. */
export function addManifests(program: Command): Command {
  const command = program.command("manifests").description("write the Kubernetes manifests for Meltemi in an Istio mesh")
    .requiredOption("-f, --file <path...>", "resources: YAML or JSON files, or folders of them")
    .requiredOption("-o, --output <dir>", "where to write them")
    .option("--wasm <file...>", "a custom module, in addition to those that ship")
    .option("--namespace <name>", "namespace of the control plane", "meltemi-system")
    .option("--root-namespace <name>", "Istio's root namespace", "istio-system")
    .option("--image <image>", "image of the control plane", "registry.example.com/meltemi/control-plane:0.1.0")
    .option("--module <path>", "path of the module in sidecars that have it", "/var/lib/meltemi/plugin.wasm")
    .option("--url <url>", "the URL from which Istio fetches the module for inline services", "oci://registry.example.com/meltemi:0.1.0")
    .option("--tls-secret <name>", "the control plane's certificate: a Secret of type kubernetes.io/tls in its namespace; sidecars use their certificates from Istio")
    .option("--tls-ca <file>", "the certificate authority in PEM (default: Istio's)")
    .option("--tls-name <name>", "the server name in the certificate (default: meltemi.NAMESPACE.svc)")
    .option("--all-pages", "serve /status and /debug too, to everyone who can reach the control plane's Service (default: only /metrics)")
    .option("--http <name=url>", "an HTTP filter for all sidecars, and the URL from which Istio fetches it; may be repeated", httpFilter)
    .addHelpText("after", HELP);
  return command.action(async ({ file, output, http, ...flags }: ManifestFlags) => {
    if (flags.tlsSecret === undefined && (flags.tlsCa ?? flags.tlsName) !== undefined) command.error("error: --tls-ca and --tls-name need --tls-secret", { exitCode: 2 });
    const sources = await loadResources(file), modules = await loadModules(flags.wasm);
    const { kept, left } = relevant(objectsOf(sources), Object.keys(modules));
    for (const rule of left) process.stderr.write(`warning: ${rule} applies to no managed service\n`);
    const result = compile(kept.map(({ ...object }) => ({ file: `${object.kind} ${object.metadata.namespace ?? "default"}/${object.metadata.name}`, text: JSON.stringify(object) })), modules, true);
    if (!result.ok) throw new Trouble(result.problems.map(formatProblem).join("\n"));
    for (const warning of result.warnings) process.stderr.write(`warning: ${formatProblem(warning)}\n`);
    write(output, istioManifests(result.ir, sources, { ...flags, drainTimeoutMs: DRAIN_TIMEOUT_MS, tls: await tlsOf(flags), httpFilters: http }));
  });
}

async function tlsOf({ tlsSecret, tlsCa, tlsName, namespace }: Pick<ManifestFlags, "tlsSecret" | "tlsCa" | "tlsName" | "namespace">): Promise<ManifestOptions["tls"]> {
  if (tlsSecret === undefined) return undefined;
  const ca = tlsCa === undefined ? undefined : await readFile(tlsCa, "utf8").catch((error: Error) => { throw new Trouble(`--tls-ca: ${error.message}`); });
  return { secret: tlsSecret, name: tlsName ?? `meltemi.${namespace}.svc`, ...(ca === undefined ? {} : { ca }) };
}

function httpFilter(text: string, all: Record<string, string> = {}): Record<string, string> {
  const equals = text.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("allowed: NAME=URL");
  return { ...all, [text.slice(0, equals)]: text.slice(equals + 1) };
}

function objectsOf(sources: readonly Source[]): KubernetesObject[] {
  const documents = sources.flatMap(({ text }) => parseAllDocuments(text).map((document) => document.toJS() as (KubernetesObject & { items?: KubernetesObject[] }) | null));
  const objects = documents.flatMap((document): KubernetesObject[] => document?.kind === "List" ? document.items ?? [] : document ? [document] : []);
  return objects.map(({ metadata, ...object }) => ({ ...object, metadata: { ...metadata, namespace: metadata.namespace ?? "default" } }));
}

function write(folder: string, files: Map<string, Manifest[]>): void {
  mkdirSync(folder, { recursive: true });
  for (const [file, manifests] of files) {
    writeFileSync(join(folder, file), manifests.map((manifest) => stringify(manifest, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false })).join("---\n"));
  }
}
