import { existsSync } from "node:fs";
import type { Command } from "commander";
import { FolderProvider, type Provider } from "../../control-plane/index.ts";
import { say } from "../tools/progress.ts";

export interface SourceFlags {
  file?: string[];
  registry?: string[];
  kubernetes?: string | true;
  kubeconfig?: string;
  namespace?: string[];
}

/** Options that name the sources of resources, which are watched. */
export function withSourceOptions(command: Command): Command {
  return command.option("-f, --file <path...>", "resources: YAML or JSON files, or folders of them")
    .option("--registry <url...>", "a Dubbo registry, such as zookeeper://127.0.0.1:2181, whose services become resources")
    .option("--kubernetes [context]", "resources of a Kubernetes cluster: that of this context of the kubeconfig, of its current context, or the one that this runs in")
    .option("--kubeconfig <file>", "the kubeconfig (default: KUBECONFIG, ~/.kube/config, the pod's service account)")
    .option("--namespace <name...>", "only resources of these namespaces");
}

/** Misuse of those options ends the command. */
export function checkSources(flags: SourceFlags, command: Command): void {
  for (const path of flags.file ?? []) if (!existsSync(path)) command.error(`error: -f ${path}: there is no such file or folder`, { exitCode: 2 });
  if (!flags.file && !flags.registry && !flags.kubernetes) command.error("error: nothing to serve: name resources with -f, a --registry, or --kubernetes", { exitCode: 2 });
}

/** `protocols`: names of codecs. */
export async function providersOf({ file, registry = [], kubernetes, kubeconfig, namespace }: SourceFlags, command: Command, protocols: string[]): Promise<Provider[]> {
  const all: Provider[] = file ? [new FolderProvider(file)] : [];
  // the libraries of registries and Kubernetes are large: load them only if needed
  if (registry.length > 0) {
    const { registryProvider } = await import("../../control-plane/provider/registry.ts");
    try {
      all.push(registryProvider(...registry));
    } catch (error) {
      command.error(`error: --registry: ${(error as Error).message}`, { exitCode: 2 });
    }
  }
  if (kubernetes) {
    const { Kubernetes } = await import("../../control-plane/provider/kubernetes/kubernetes.ts");
    all.push(new Kubernetes({ context: kubernetes === true ? undefined : kubernetes, kubeconfig, namespaces: namespace, protocols, note: say }));
  }
  return all;
}
