import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../tools/paths.ts";

const folders = new Set<RunFolder>();
process.once("exit", () => {
  for (const folder of folders) folder.remove();
});

export type Bootstrap = Record<string, unknown>;

/** A folder for one run of Envoy: its bootstrap, func-e's logs and state. Nothing is left elsewhere. */
export class RunFolder {
  readonly path = mkdtempSync(join(cacheDir("run"), "envoy-"));
  readonly bootstrap = join(this.path, "bootstrap.json");
  readonly adminAddress = join(this.path, "admin-address.txt");

  constructor(bootstrap: Bootstrap) {
    folders.add(this);
    writeFileSync(this.bootstrap, JSON.stringify(withAdmin(bootstrap)));
  }

  /** The environment in which func-e keeps to this folder. */
  environment(envoy: string): Record<string, string | undefined> {
    return {
      ENVOY_PATH: envoy,
      FUNC_E_HOME: undefined,
      FUNC_E_CONFIG_HOME: this.path,
      FUNC_E_DATA_HOME: this.path,
      FUNC_E_STATE_HOME: this.path,
      FUNC_E_RUNTIME_DIR: this.path,
      FUNC_E_RUN_ID: "0",
    };
  }

  remove(): void {
    folders.delete(this);
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** An admin interface on a port of Envoy's choice, unless the bootstrap has its own. */
function withAdmin(bootstrap: Bootstrap): Bootstrap {
  const admin = { address: { socket_address: { address: "127.0.0.1", port_value: 0 } } };
  return { admin, ...bootstrap };
}
