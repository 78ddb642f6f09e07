import { textOf } from "../foreign.ts";

/** What /v1/health/state/any answers, of which: a check of a service, or of a whole node. */
export interface Check { Node?: unknown; CheckID?: unknown; ServiceName?: unknown; ModifyIndex?: unknown }

/** Which services are to be asked for: those whose tags, or checks, or nodes' checks are no longer what they were when they were asked for last. */
export class Marks {
  /** By name: the tags of all its instances. */
  private tags: ReadonlyMap<string, string> = new Map();
  private checks = new Map<string, string>();
  private ofNodes = "";
  private readonly asked = new Map<string, string>();
  /** Those that may have changed all the same: instances without checks, whose tags others have too. */
  private readonly doubtful = new Set<string>();

  list(tags: ReadonlyMap<string, string>): void {
    this.tags = tags;
    for (const name of this.asked.keys()) {
      if (tags.has(name)) continue;
      this.asked.delete(name);
      this.doubtful.delete(name);
    }
  }

  check(checks: readonly Check[]): void {
    const found = new Map<string, string[]>();
    for (const { Node: node, CheckID: id, ServiceName: service, ModifyIndex: index } of checks) {
      const name = textOf(service), mark = `${textOf(node)}/${textOf(id)}:${textOf(index)}`;
      if (found.has(name)) found.get(name)!.push(mark);
      else found.set(name, [mark]);
    }
    this.checks = new Map([...found].map(([name, marks]) => [name, marks.sort().join(" ")]));
    this.ofNodes = this.checks.get("") ?? "";
  }

  doubtAll(): void { for (const name of this.tags.keys()) this.doubtful.add(name); }

  /** Those to ask for, at most so many: first those that have changed. */
  stale(most: number): string[] {
    const changed: string[] = [];
    for (const name of this.tags.keys()) {
      if (this.asked.get(name) === this.mark(name)) continue;
      if (changed.push(name) === most) return changed;
    }
    return [...new Set([...changed, ...this.doubtful])].slice(0, most);
  }

  /** To be said before it is asked for: what changes meanwhile changes the mark. */
  asking(name: string): void {
    this.asked.set(name, this.mark(name));
    this.doubtful.delete(name);
  }

  private mark(name: string): string { return `${this.tags.get(name)} ${this.checks.get(name)} ${this.ofNodes}`; }
}
