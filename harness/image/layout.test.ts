import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { run } from "../tools/process.ts";
import { writeLayout } from "./layout.ts";

interface Descriptor { mediaType: string; digest: string; size: number; annotations: Record<string, string> }
interface Image { config: Descriptor; layers: Descriptor[] }

const folder = mkdtempSync(join(tmpdir(), "meltemi-image-")), layout = join(folder, "layout");
const module = Buffer.concat([Buffer.from("\0asm\x01\0\0\0", "latin1"), randomBytes(3000)]);
writeLayout(module, layout);

after(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;
const blob = ({ digest }: Descriptor): Buffer => readFileSync(join(layout, "blobs", digest.replace(":", "/")));
const json = <T>(descriptor: Descriptor): T => JSON.parse(blob(descriptor).toString()) as T;
const { manifests } = JSON.parse(readFileSync(join(layout, "index.json"), "utf8")) as { manifests: Descriptor[] };
const tagged = (tag: string): Image => json(manifests.find(({ annotations }) => annotations["org.opencontainers.image.ref.name"] === tag)!);

test("every blob is what its descriptor says, and no blob is nobody's", () => {
  const images = manifests.map((manifest) => json<Image>(manifest)), all = [...manifests, ...images.flatMap(({ config, layers }) => [config, ...layers])];
  for (const descriptor of all) assert.deepEqual([sha256(blob(descriptor)), blob(descriptor).length], [descriptor.digest, descriptor.size]);
  assert.deepEqual(readdirSync(join(layout, "blobs/sha256")).sort(), [...new Set(all.map(({ digest }) => digest.slice("sha256:".length)))].sort());
});

test("compat: the last layer holds plugin.wasm, as tar and gzip read it, and the config knows it", async () => {
  const { config, layers } = tagged("compat"), [layer] = layers;
  assert.equal(layer!.mediaType, "application/vnd.oci.image.layer.v1.tar+gzip");
  const archive = join(layout, "blobs", layer!.digest.replace(":", "/"));
  const read = await run("sh", ["-c", `gzip -t < "$0" && tar -tvzf "$0" && tar -xzf "$0" -C "$1" && gzip -dc < "$0" | sha256sum`, archive, folder], { name: "tar", timeoutMs: 20_000 });
  assert.equal(read.code, 0, read.output);
  assert.match(read.output, /-rw-r--r-- 0\/0 +3008 1970-01-01 .* plugin\.wasm/);
  assert.ok(readFileSync(join(folder, "plugin.wasm")).equals(module));
  const { rootfs } = json<{ rootfs: { diff_ids: string[] } }>(config);
  assert.ok(read.output.includes(rootfs.diff_ids[0]!.slice("sha256:".length)), read.output);
});

test("oci: two layers, a configuration and the module itself", () => {
  const { layers } = tagged("oci");
  assert.deepEqual(layers.map(({ mediaType }) => mediaType), ["application/vnd.module.wasm.config.v1+json", "application/vnd.module.wasm.content.layer.v1+wasm"]);
  assert.ok(blob(layers[1]!).equals(module));
});

/** What Istio reads of a manifest's layers, by its own rules: `pkg/wasm/imagefetcher.go`, extractOCIStandardImage and then extractOCIArtifactImage. */
function fetched({ layers }: Image): Buffer {
  const last = layers.at(-1);
  if (last?.mediaType === "application/vnd.oci.image.layer.v1.tar+gzip") return entry(gunzipSync(blob(last)), "plugin.wasm");
  assert.equal(layers.length, 2, "an artifact has two layers");
  const wasm = layers.find(({ mediaType }) => mediaType === "application/vnd.module.wasm.content.layer.v1+wasm");
  assert.ok(wasm, "no layer of the module's type");
  return blob(wasm);
}

/** The first file of a tar archive whose path ends in this name. */
function entry(archive: Buffer, wanted: string): Buffer {
  for (let at = 0; archive[at]; ) {
    const name = archive.toString("latin1", at, at + 100).replace(/\0.*/s, ""), size = parseInt(archive.toString("latin1", at + 124, at + 136), 8);
    if (basename(name) === wanted) return archive.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  assert.fail(`no ${wanted} in the archive`);
}

test("Istio finds the module in both forms, as its own fetcher looks for it, and neither as Docker's", () => {
  for (const tag of ["compat", "oci"]) {
    const image = tagged(tag) as Image & { mediaType: string };
    assert.notEqual(image.mediaType, "application/vnd.docker.distribution.manifest.v2+json");
    assert.ok(fetched(image).equals(module), tag);
  }
});

test("the same module gives the same bytes", () => {
  const again = join(folder, "again");
  writeLayout(module, again);
  for (const file of ["index.json", "oci-layout"]) assert.equal(readFileSync(join(again, file), "utf8"), readFileSync(join(layout, file), "utf8"));
});
