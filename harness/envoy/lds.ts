import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../tools/paths.ts";
import type { Bootstrap } from "./config.ts";

type Listener = Record<string, unknown>;

/** Listeners in a file that Envoy watches: they can change while it runs. */
export class ListenerFile {
  private readonly folder = mkdtempSync(join(cacheDir("run"), "lds-"));
  private readonly path = join(this.folder, "listeners.json");

  /** Takes the static listeners out of a bootstrap and into the file. */
  take(bootstrap: Bootstrap): Bootstrap {
    const { listeners, ...others } = bootstrap.static_resources as { listeners: Listener[] };
    this.update(listeners);
    const lds_config = { resource_api_version: "V3", path_config_source: { path: this.path } };
    return { ...bootstrap, static_resources: others, dynamic_resources: { lds_config } };
  }

  /** All listeners that there are to be from now on. Envoy looks when the file is renamed, so it never sees half of it. */
  update(listeners: Listener[]): void {
    const resources = listeners.map((listener) => ({ "@type": "type.googleapis.com/envoy.config.listener.v3.Listener", ...listener }));
    writeFileSync(`${this.path}.new`, JSON.stringify({ resources }));
    renameSync(`${this.path}.new`, this.path);
  }

  remove(): void { rmSync(this.folder, { recursive: true, force: true }); }
}
