/**
 * Writes the bootstraps and the Istio manifests of this folder from its resources:
 *
 *     npx tsx envoy-configs/generate.ts
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { formatProblem, translate, type Traits } from "../control-plane/index.ts";
import { istioManifest } from "./istio.ts";

const FOLDER = dirname(fileURLToPath(import.meta.url));
const ADMIN_PORT = 9901;

/** Takes any key: whether a codec has those that are used is seen where its module is, in tests/e2e/validate.test.ts. */
const anyKey = (name: string): Traits => ({
  name, serverFirst: false, order: "free", lanes: true, inline: true, maxHead: 0, maxFrame: 0,
  requestKeys: ["*"], serviceKey: "", responseKeys: ["*"], settableRequest: ["*"], settableResponse: ["*"],
});

/** By path in this folder. */
export function generate(): Map<string, string> {
  const files = new Map<string, string>();
  for (const file of readdirSync(join(FOLDER, "resources")).sort()) {
    const name = file.slice(0, -".yaml".length), codec = name.split("-")[0]!, inline = name.endsWith("-inline");
    const text = readFileSync(join(FOLDER, "resources", file), "utf8");
    const modules = { [codec]: { wasm: `build/${codec}.wasm`, traits: anyKey(codec) } };
    const result = translate([{ file, text }], { wasm: "", modules, adminPort: ADMIN_PORT });
    if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
    files.set(`${name}.yaml`, bootstrapHeader(name, codec, text) + yaml(result.bootstrap));
    if (inline) files.set(`istio/${codec}.yaml`, istioManifest(codec, file, leadingComment(text), result.ir));
  }
  return files;
}

function bootstrapHeader(name: string, codec: string, resources: string): string {
  return `${leadingComment(resources)}#
# To run it, from the root of the checkout (metrics: http://127.0.0.1:${ADMIN_PORT}/stats/prometheus):
#
#     npm install && npm run build        # makes build/${codec}.wasm
#     func-e run -c envoy-configs/${name}.yaml
#
# Made from resources/${name}.yaml by generate.ts: change that file, not this one. The same without any file in between:
# npx meltemi run -f envoy-configs/resources/${name}.yaml
`;
}

/** What a resource file says of itself. */
function leadingComment(text: string): string { return /^(#.*\n)*/.exec(text)![0]; }

/** The plugins' configurations in lines that can be read; YAML 1.1, as Envoy reads it, takes "y" and "on" for booleans. */
function yaml(bootstrap: object): string {
  const readable = JSON.parse(JSON.stringify(bootstrap), (key, value: unknown) =>
    key === "value" && typeof value === "string" && value.startsWith("{") ? JSON.stringify(JSON.parse(value), null, 2) : value) as object;
  return stringify(readable, { version: "1.1", lineWidth: 0 });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, text] of generate()) {
    mkdirSync(dirname(join(FOLDER, file)), { recursive: true });
    writeFileSync(join(FOLDER, file), text);
  }
}
