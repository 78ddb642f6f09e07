import { lstatSync, readdirSync, readlinkSync, realpathSync, statSync, watch, type FSWatcher } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Events of one change come together. */
const QUIET_MS = 20;
/** For file systems that tell of nothing. */
const LOOK_MS = 10_000;
const MAX_LINKS = 40;

/**
 * Tells when something below paths may have changed: files and folders that are written, made, renamed or removed, and links that lead
 * elsewhere, also on the way to a path. Whether anything has, who is told must see.
 */
export class PathWatcher {
  private readonly watchers = new Map<string, FSWatcher>();
  private others: readonly string[] = [];
  private readonly looks: NodeJS.Timeout;
  private quiet: NodeJS.Timeout | undefined;

  constructor(private readonly paths: readonly string[], private readonly tell: () => void) {
    this.watch();
    this.looks = setInterval(() => this.event(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.looks);
    clearTimeout(this.quiet);
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
  }

  /** Watches these paths too, in the place of those said before. */
  also(paths: readonly string[]): void {
    this.others = paths;
    this.watch();
  }

  private event(): void {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      this.watch();
      this.tell();
    }, QUIET_MS);
  }

  /** Watches all folders that matter now. A folder that was replaced by one of its name has another number. */
  private watch(): void {
    const wanted = new Map<string, string>();
    for (const path of [...this.paths, ...this.others]) for (const folder of foldersOf(resolve(path))) {
      const { dev, ino } = statSync(folder, { throwIfNoEntry: false }) ?? {};
      if (ino !== undefined) wanted.set(`${dev} ${ino}`, folder);
    }
    for (const [key, watcher] of this.watchers) {
      if (wanted.has(key)) continue;
      watcher.close();
      this.watchers.delete(key);
    }
    for (const [key, folder] of wanted) if (!this.watchers.has(key)) this.add(key, folder);
  }

  private add(key: string, folder: string): void {
    try {
      this.watchers.set(key, watch(folder, { persistent: false }, () => this.event()).on("error", () => this.event()));
    } catch {
      // gone again, or the system has no more watches: it is looked at now and then
    }
  }
}

/** Folders in which something can happen to what a path means. */
function foldersOf(path: string): Set<string> {
  const folders = new Set<string>();
  addWay(path, folders, MAX_LINKS);
  addBelow(path, folders);
  return folders;
}

/** The folder that a path is in, and those of all links on the way to it. */
function addWay(path: string, folders: Set<string>, links: number): void {
  folders.add(dirname(path));
  for (let at = path; at !== dirname(at) && links > 0; at = dirname(at)) {
    if (!lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) continue;
    folders.add(dirname(at));
    addWay(resolve(dirname(at), readlinkSync(at)), folders, links - 1);
  }
}

/** What begins with a dot is not read, and not watched. */
function addBelow(path: string, folders: Set<string>): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const real = realpathSync(path);
  if (folders.has(`${real}/`)) return;
  // with a slash: seen with all that is in it
  folders.add(`${real}/`);
  for (const entry of readdirSync(real, { withFileTypes: true })) {
    if (entry.name.startsWith(".")) continue;
    const inner = join(real, entry.name);
    if (entry.isSymbolicLink()) addWay(inner, folders, MAX_LINKS);
    addBelow(inner, folders);
  }
}
