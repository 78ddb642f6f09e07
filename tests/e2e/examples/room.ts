/** What an example's room says of itself: its configuration for Envoy, and what stands behind its filter there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Bootstrap } from "../../../harness/envoy/config.ts";
import { ROOT } from "../../../harness/tools/paths.ts";

export class Room {
  readonly wasm: string;
  private readonly envoyYaml: string;

  constructor(readonly name: string) {
    this.wasm = join(ROOT, "build", `${name}.wasm`);
    this.envoyYaml = readFileSync(join(ROOT, "examples", name, "envoy.yaml"), "utf8");
  }

  /** The room's own bootstrap, on a port of Envoy's choice; with a configuration in place of the room's if one is given. */
  bootstrap(configuration?: object): Bootstrap {
    return parse(this.envoyYaml, (key: unknown, value: unknown) => {
      if (key === "port_value") return 0;
      if (key === "filename") return join(ROOT, value as string);
      return key === "value" && configuration ? JSON.stringify(configuration) : value;
    }) as Bootstrap;
  }

  /** The plugin's configuration in envoy.yaml. */
  get configuration(): string { return this.find("value"); }

  /** The body that envoy.yaml answers with. */
  body(header: (name: string) => string | undefined): string {
    return this.find("inline_string").replace(/%REQ\(([^)]*)\)%/g, (_, name: string) => header(name) ?? "-");
  }

  private find(wanted: string): string {
    let found = "";
    parse(this.envoyYaml, (key: unknown, value: unknown) => {
      if (key === wanted) found = value as string;
      return value;
    });
    return found;
  }
}
