import { loadResources } from "../api/source.ts";
import { type Source } from "../api/sourceFile.ts";
import { isIdl } from "../idl/files.ts";
import type { Provider, ProviderListener } from "./provider.ts";
import { PathWatcher } from "./watch.ts";

/** Files, and folders of them, as they change. While one cannot be read, or a folder is empty, what was read last holds. */
export class FolderProvider implements Provider {
  readonly name: string;
  private watcher: PathWatcher | undefined;
  private last: readonly Source[] | undefined;
  private listener: ProviderListener | undefined;
  private failing = false;
  private reading = false;
  private again = false;

  constructor(private readonly paths: string[]) { this.name = paths.join(" "); }

  start(listener: ProviderListener): Promise<void> {
    this.listener = listener;
    this.watcher = new PathWatcher(this.paths, () => void this.read());
    return this.read();
  }

  stop(): Promise<void> {
    this.watcher?.stop();
    this.listener = undefined;
    return Promise.resolve();
  }

  private async read(): Promise<void> {
    if (this.reading) {
      this.again = true;
      return;
    }
    this.reading = true;
    do {
      this.again = false;
      await this.readOnce();
    } while (this.again);
    this.reading = false;
  }

  private async readOnce(): Promise<void> {
    try {
      const sources = await loadResources(this.paths);
      this.watcher?.also(sources.flatMap(({ file }) => (isIdl(file) ? [file] : [])));
      if (this.last !== undefined && !this.failing && same(this.last, sources)) return;
      this.last = sources;
      this.failing = false;
      this.listener?.changed(sources);
    } catch (error) {
      this.failing = true;
      this.listener?.failed((error as Error).message);
    }
  }
}

function same(one: readonly Source[], other: readonly Source[]): boolean {
  return one.length === other.length && one.every(({ file, text }, i) => file === other[i]!.file && text === other[i]!.text);
}
