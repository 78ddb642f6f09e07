/** Host names that a short name may stand for in a resource of this namespace, best first. */
function candidates(name: string, namespace: string): string[] {
  const host = name.toLowerCase();
  const dots = host.split(".").length - 1;
  if (dots === 0) return [host, `${host}.${namespace}.svc.cluster.local`];
  if (dots === 1) return [host, `${host}.svc.cluster.local`];
  return host.endsWith(".svc") ? [host, `${host}.cluster.local`] : [host];
}

/** Services by host name, ignoring case. */
export class Hosts<T> {
  private readonly byHost = new Map<string, T>();
  /** As they are written. */
  private readonly spelled = new Map<string, string>();
  private readonly written = new Set<string>();

  /** What holds the name already, if anything. */
  add(host: string, item: T): T | undefined {
    const before = this.byHost.get(host.toLowerCase());
    if (before === undefined) {
      this.byHost.set(host.toLowerCase(), item);
      this.spelled.set(host.toLowerCase(), host);
    }
    this.written.add(host);
    return before;
  }

  get names(): string[] { return [...this.written].sort(); }

  /** Each once. */
  get all(): T[] { return [...new Set(this.byHost.values())]; }

  find(name: string, namespace: string): T | undefined {
    const host = this.hostOf(name, namespace);
    return host === undefined ? undefined : this.byHost.get(host.toLowerCase());
  }

  /** The host that a name stands for, as the one who has it writes it. */
  hostOf(name: string, namespace: string): string | undefined {
    const host = candidates(name, namespace).find((each) => this.byHost.has(each));
    return host && this.spelled.get(host);
  }

  /** All hosts that a name or a wildcard covers. */
  hostsOf(pattern: string, namespace: string): string[] {
    if (isWildcard(pattern)) return [...this.byHost.keys()].filter((host) => covers(pattern, host)).map((host) => this.spelled.get(host)!);
    return [this.hostOf(pattern, namespace)].filter((host) => host !== undefined);
  }

  /** All that a name or a wildcard (`*`, `*.example.com`) covers, each once. */
  match(pattern: string, namespace: string): T[] {
    if (!isWildcard(pattern)) return [this.find(pattern, namespace)].filter((item) => item !== undefined) as T[];
    return [...new Set([...this.byHost].filter(([host]) => covers(pattern, host)).map(([, item]) => item))];
  }
}

/** Whether a name or wildcard stands for a host; case does not count. */
export function covers(pattern: string, host: string): boolean {
  const [wanted, found] = [pattern.toLowerCase(), host.toLowerCase()];
  return isWildcard(wanted) ? found.endsWith(wanted.slice(1)) : wanted === found;
}

export function isWildcard(pattern: string): boolean { return pattern === "*" || pattern.startsWith("*."); }

interface Claim<T> { pattern: string; owner: T }

/**
 * Who speaks for a service: the most exact host wins, a name before any wildcard, a long wildcard before a short one.
 * Two that are as exact are a conflict, told to `conflict`, and the first stays.
 */
export class Claims<K, T> {
  private readonly best = new Map<K, Claim<T>>();

  add(key: K, pattern: string, owner: T, conflict: (other: T) => void): void {
    const before = this.best.get(key);
    const exactness = (p: string) => (isWildcard(p) ? p.length : Number.MAX_SAFE_INTEGER);
    if (before === undefined || exactness(pattern) > exactness(before.pattern)) this.best.set(key, { pattern, owner });
    else if (exactness(pattern) === exactness(before.pattern) && before.owner !== owner) conflict(before.owner);
  }

  get(key: K): T | undefined { return this.best.get(key)?.owner; }

  get all(): [K, T][] { return [...this.best].map(([key, { owner }]) => [key, owner]); }
}
