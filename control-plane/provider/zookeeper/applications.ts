import { readInstances, type Instance } from "../dubbo/applications.ts";
import type { Session, Watch } from "./session.ts";

/** Where Curator keeps instances, each in a node of its own below its application's. */
const ROOT = "/services";
const MAX_APPLICATIONS = 100;
const MAX_INSTANCES = 5000;
const NAME = /^[\w.-]{1,128}$/;

/** The names in a node of Dubbo's mapping: `orders,stock`. */
export function applicationNames(text: string | undefined): string[] {
  return (text ?? "").split(",").map((name) => name.trim()).filter((name) => NAME.test(name)).slice(0, MAX_APPLICATIONS);
}

interface Application { list: Watch; texts: Map<string, { watch: Watch; text?: string }>; instances?: Instance[] | undefined }

/** The instances of those applications that offer any interface. */
export class Applications {
  private readonly applications = new Map<string, Application>();

  constructor(private readonly session: Session, private readonly changed: (application: string) => void) {}

  instances(name: string): Instance[] {
    const application = this.applications.get(name);
    if (application === undefined) return [];
    const texts = [...application.texts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { text }]) => text).filter((text) => text !== undefined);
    application.instances ??= readInstances(texts, `${ROOT}/${name}`, []);
    return application.instances;
  }

  /** Watches these from now on, and no others. */
  want(names: readonly string[]): void {
    const wanted = new Set(names);
    for (const name of wanted) if (!this.applications.has(name)) this.add(name);
    for (const [name, { list, texts }] of this.applications) {
      if (wanted.has(name)) continue;
      for (const { watch } of [{ watch: list }, ...texts.values()]) watch.stop();
      this.applications.delete(name);
    }
  }

  private add(name: string): void {
    const application: Application = { list: { stop: () => undefined }, texts: new Map() };
    this.applications.set(name, application);
    application.list = this.session.children(`${ROOT}/${name}`, (nodes) => this.list(name, application, new Set(nodes.slice(0, MAX_INSTANCES))));
  }

  private list(name: string, application: Application, nodes: Set<string>): void {
    const { texts } = application;
    for (const node of nodes) {
      if (texts.has(node)) continue;
      const entry: { watch: Watch; text?: string } = { watch: { stop: () => undefined } };
      texts.set(node, entry);
      entry.watch = this.session.text(`${ROOT}/${name}/${node}`, (text) => {
        Object.assign(entry, { text });
        this.touch(name, application);
      });
    }
    for (const [node, { watch }] of texts) {
      if (nodes.has(node)) continue;
      watch.stop();
      texts.delete(node);
    }
    this.touch(name, application);
  }

  private touch(name: string, application: Application): void {
    application.instances = undefined;
    this.changed(name);
  }
}
