import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
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

test("the same module gives the same bytes", () => {
  const again = join(folder, "again");
  writeLayout(module, again);
  for (const file of ["index.json", "oci-layout"]) assert.equal(readFileSync(join(again, file), "utf8"), readFileSync(join(layout, file), "utf8"));
});
