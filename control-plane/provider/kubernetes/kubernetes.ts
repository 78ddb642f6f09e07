import { KubeConfig } from "@kubernetes/client-node";
import type { Source } from "../../api/sourceFile.ts";
import type { Provider, ProviderListener } from "../provider.ts";
import { Client, type KubernetesObject } from "./client.ts";
import { KINDS, SECRET } from "./kinds.ts";
import { essence } from "./objects.ts";
import { PACE, Reflector, type Pace, type Scope } from "./reflector.ts";
import { relevant, secretsOf } from "./relevant.ts";
import { calledAs, each } from "./shape.ts";

export interface KubernetesOptions {
  /** A context of the kubeconfig; absent: its current one, or the cluster that we run in. */
  context?: string;
  /** Path; absent: KUBECONFIG, ~/.kube/config, the service account of the pod. */
  kubeconfig?: string;
  /** Absent: all. */
  namespaces?: string[];
  /** Names of codecs: what ports of services are named by. */
  protocols: readonly string[];
  /** Told of each rule that is for none of our services, once. */
  note?: (text: string) => void;
  pace?: Pace;
}

/** Changes that come together are told together. */
const COALESCE_MS = 50;

/** All that the control plane reads, from a cluster's API server. */
export class Kubernetes implements Provider {
  readonly name: string;
  readonly open = true;
  private readonly client: Client;
  private readonly reflectors: Reflector[];
  /** By `namespace/name`. */
  private readonly secrets = new Map<string, Reflector>();
  private readonly leaving: Promise<void>[] = [];
  private readonly noted = new Set<string>();
  private listener: ProviderListener | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** Throws where the kubeconfig cannot be read or has no such context. */
  constructor(private readonly options: KubernetesOptions) {
    this.client = new Client(readConfig(options));
    this.name = `kubernetes ${this.client.server}`;
    const { namespaces } = options;
    const scopes = KINDS.flatMap((kind): Scope[] => kind.clusterWide || !namespaces ? [{ kind }] : namespaces.map((namespace) => ({ kind, namespace })));
    this.reflectors = scopes.map((scope) => this.reflector(scope));
  }

  start(listener: ProviderListener): Promise<void> {
    this.listener = listener;
    for (const reflector of this.reflectors) reflector.start();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.listener = undefined;
    clearTimeout(this.timer);
    await Promise.all([...[...this.reflectors, ...this.secrets.values()].map((reflector) => reflector.stop()), ...this.leaving]);
  }

  private reflector(scope: Scope): Reflector {
    return new Reflector(this.client, scope, { changed: () => this.changed(), failed: (reason) => this.listener?.failed(reason) }, this.options.pace ?? PACE);
  }

  private changed(): void {
    if (this.listener) this.timer ??= setTimeout(() => { this.timer = undefined; this.tell(); }, COALESCE_MS);
  }

  /** Nothing before all is known: half of the services would be taken for the whole. */
  private tell(): void {
    if (this.reflectors.some(({ objects }) => objects === undefined)) return;
    const skipped = [...this.reflectors, ...this.secrets.values()].flatMap(({ scope: { kind }, skipped: own }) => [...own].map(([name, why]) => `${kind.kind} ${name}: ${why}: skipped`));
    const skip = ({ kind }: { kind?: string }, object: KubernetesObject, why: string): void => void skipped.push(`${kind ?? object.kind} ${calledAs(object)}: ${why}: skipped`);
    const objects = (reflector: Reflector): KubernetesObject[] => each([...reflector.objects!.values()], (object, why) => skip(reflector.scope.kind, object, why), (object) => [held(reflector, object)]);
    const { kept, left } = relevant(this.reflectors.flatMap(objects), this.options.protocols, (object, why) => skip({}, object, why));
    this.followSecrets(secretsOf(kept));
    if ([...this.secrets.values()].some(({ objects }) => objects === undefined)) return;
    this.listener?.changed([...kept, ...[...this.secrets.values()].flatMap(objects)].map(source), skipped);
    for (const rule of left.filter((each) => !this.noted.has(each))) {
      this.noted.add(rule);
      this.options.note?.(`kubernetes: ${rule} applies to no managed service`);
    }
  }

  private followSecrets(names: readonly string[]): void {
    const wanted = new Set(names);
    for (const [name, reflector] of this.secrets) {
      if (wanted.has(name)) continue;
      this.secrets.delete(name);
      this.leaving.push(reflector.stop());
    }
    for (const identity of names) {
      if (this.secrets.has(identity)) continue;
      const [namespace, name] = identity.split("/") as [string, string];
      const reflector = this.reflector({ kind: SECRET, namespace, name });
      this.secrets.set(identity, reflector);
      reflector.start();
    }
  }
}

/** Lists' items do not name their kind. */
function held({ scope: { kind: { group, kind, versions } } }: Reflector, object: KubernetesObject): KubernetesObject {
  return essence(kind, { ...object, apiVersion: object.apiVersion ?? (group === "" ? versions[0]! : `${group}/${versions[0]!}`) });
}

/** Two kinds have the same name: Aeraki's says whose it is. */
function source(object: KubernetesObject): Source {
  const { apiVersion, kind, metadata: { namespace, name } } = object;
  const isAerakis = kind === "VirtualService" && apiVersion!.startsWith("networking.aeraki.io/");
  return { file: `kubernetes:${namespace ?? ""}/${kind}${isAerakis ? ".networking.aeraki.io" : ""}/${name}`, text: JSON.stringify(object) };
}

function readConfig({ kubeconfig, context }: KubernetesOptions): KubeConfig {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context === undefined) return config;
  const names = config.getContexts().map(({ name }) => name);
  if (!names.includes(context)) throw new Error(`--kubernetes ${context}: the kubeconfig has no such context; it has: ${names.join(", ")}`);
  config.setCurrentContext(context);
  return config;
}
