import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { afterEach, test } from "node:test";
import { until } from "../../harness/tools/wait.ts";
import { FolderProvider } from "./folder.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "meltemi-folder-"));
  ends.push(() => rmSync(path, { recursive: true }));
  return path;
}

/** What a provider has told, newest last: file names and texts, or `failed: ..`. */
async function provider(root: string, ...paths: string[]): Promise<{ told: string[]; last: (expected: string) => Promise<unknown> }> {
  const told: string[] = [], provided = new FolderProvider(paths.map((path) => join(root, path)));
  await provided.start({
    changed: (sources) => told.push(sources.map(({ file, text }) => `${file.slice(root.length + 1)}=${text}`).join(" ")),
    failed: (reason) => told.push(`failed: ${reason.replaceAll(`${root}/`, "")}`),
  });
  ends.push(() => provided.stop());
  return { told, last: (expected) => until(expected, 5000, () => told.at(-1) === expected) };
}

test("files that are written, replaced, made and removed, in folders within folders", async () => {
  const root = folder(), file = (name: string, text: string): void => writeFileSync(join(root, name), text);
  file("a.yaml", "1");
  const { told, last } = await provider(root, ".");
  assert.deepEqual(told, ["a.yaml=1"]);
  file("a.yaml", "2");
  await last("a.yaml=2");
  file("a.yaml~", "3");
  renameSync(join(root, "a.yaml~"), join(root, "a.yaml"));
  await last("a.yaml=3");
  mkdirSync(join(root, "deep/er"), { recursive: true });
  file("deep/er/b.yml", "4");
  await last("a.yaml=3 deep/er/b.yml=4");
  file("deep/er/b.yml", "5");
  await last("a.yaml=3 deep/er/b.yml=5");
  file(".hidden.yaml", "no");
  file("readme.txt", "no");
  unlinkSync(join(root, "a.yaml"));
  await last("deep/er/b.yml=5");
  rmSync(join(root, "deep"), { recursive: true });
  await last("failed: cannot read resources: .: no *.yaml, *.yml or *.json in this folder".replace(" .:", ` ${root}:`));
  file("c.json", "6");
  await last("c.json=6");
});

test("a file that is named, as editors replace it, and a file that is not there for a while", async () => {
  const root = folder();
  writeFileSync(join(root, "mesh"), "1");
  writeFileSync(join(root, "other.yaml"), "no");
  const { last } = await provider(root, "mesh");
  renameSync(join(root, "mesh"), join(root, "mesh.bak"));
  await last("failed: cannot read resources: mesh: no such file or folder");
  writeFileSync(join(root, "mesh"), "1");
  await last("mesh=1");
  writeFileSync(join(root, "mesh"), "2");
  await last("mesh=2");
});

test("a ConfigMap as Kubernetes mounts and changes it: a link to a folder that is swapped", async () => {
  const root = folder();
  const version = (name: string, text: string): void => {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, "mesh.yaml"), text);
    symlinkSync(name, join(root, "..data_tmp"));
    renameSync(join(root, "..data_tmp"), join(root, "..data"));
  };
  version("..2026_01", "1");
  symlinkSync("..data/mesh.yaml", join(root, "mesh.yaml"));
  const whole = await provider(root, "."), one = await provider(root, "mesh.yaml");
  assert.deepEqual([whole.told, one.told], [["mesh.yaml=1"], ["mesh.yaml=1"]]);
  for (const [name, text] of [["..2026_02", "2"], ["..2026_03", "3"]] as const) {
    version(name, text);
    await Promise.all([whole.last(`mesh.yaml=${text}`), one.last(`mesh.yaml=${text}`)]);
  }
});

test("a link on the way to a folder that comes to lead elsewhere, and one that leads in a circle", async () => {
  const root = folder();
  for (const name of ["1", "2"]) {
    mkdirSync(join(root, "releases", name, "mesh"), { recursive: true });
    writeFileSync(join(root, "releases", name, "mesh/a.yaml"), name);
    symlinkSync("..", join(root, "releases", name, "mesh/circle"));
  }
  symlinkSync("releases/1", join(root, "current"));
  const { last } = await provider(root, "current/mesh");
  await last("current/mesh/a.yaml=1");
  symlinkSync("releases/2", join(root, "next"));
  renameSync(join(root, "next"), join(root, "current"));
  await last("current/mesh/a.yaml=2");
});

test("a .thrift file that a resource names from another folder, as it changes", async () => {
  const root = folder(), mesh = "apiVersion: metaprotocol.aeraki.io/v1alpha1\nkind: ApplicationProtocol\nmetadata: {name: a}\nspec: {protocol: a, codec: thrift, options: {idl: {files: [../idl/a.thrift]}}}";
  mkdirSync(join(root, "mesh"));
  mkdirSync(join(root, "idl"));
  writeFileSync(join(root, "mesh/a.yaml"), mesh);
  writeFileSync(join(root, "idl/a.thrift"), "struct A {}");
  const { told, last } = await provider(root, "mesh");
  assert.deepEqual(told, [`mesh/a.yaml=${mesh} idl/a.thrift=struct A {}`]);
  writeFileSync(join(root, "idl/a.thrift"), "struct B {}");
  await last(`mesh/a.yaml=${mesh} idl/a.thrift=struct B {}`);
});
