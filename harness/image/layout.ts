import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipOf, tarOf } from "./tar.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json", CONFIG = "application/vnd.oci.image.config.v1+json", INDEX = "application/vnd.oci.image.index.v1+json";
const TAR = "application/vnd.oci.image.layer.v1.tar+gzip";
const WASM_CONFIG = "application/vnd.module.wasm.config.v1+json", WASM = "application/vnd.module.wasm.content.layer.v1+wasm";
/** The name that Istio looks for in a compat image. */
const FILE = "plugin.wasm";
const TAG = "org.opencontainers.image.ref.name";

interface Descriptor { mediaType: string; digest: string; size: number; annotations?: Record<string, string> }

/**
 * Writes an OCI image layout of a module, with the two forms that Istio takes as its tags: `compat`, an image whose layer holds
 * plugin.wasm (it can be mounted as a volume, too), and `oci`, an artifact of the module itself. The same module gives the same bytes.
 */
export function writeLayout(module: Uint8Array, folder: string): void {
  const blobs = join(folder, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  const blob = (mediaType: string, content: Uint8Array): Descriptor => {
    const hash = sha256(content);
    writeFileSync(join(blobs, hash), content);
    return { mediaType, digest: `sha256:${hash}`, size: content.length };
  };
  const json = (mediaType: string, value: object): Descriptor => blob(mediaType, Buffer.from(JSON.stringify(value)));
  const image = (tag: string, layers: Descriptor[], diffIds: string[], annotations: Record<string, string>): Descriptor => {
    const config = json(CONFIG, { architecture: "wasm", os: "wasi", config: {}, rootfs: { type: "layers", diff_ids: diffIds } });
    return { ...json(MANIFEST, { schemaVersion: 2, mediaType: MANIFEST, config, layers, annotations }), annotations: { [TAG]: tag } };
  };
  const tar = tarOf(FILE, module);
  const compat = image("compat", [blob(TAR, gzipOf(tar))], [`sha256:${sha256(tar)}`], { "module.wasm.image/variant": "compat" });
  const layers = [json(WASM_CONFIG, {}), blob(WASM, module)];
  const artifact = image("oci", layers, layers.map(({ digest }) => digest), { "module.wasm.image/variant": "oci" });
  writeFileSync(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [compat, artifact] }));
  writeFileSync(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
}

function sha256(content: Uint8Array): string { return createHash("sha256").update(content).digest("hex"); }
