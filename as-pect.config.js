/**
 * Where as-pect finds the AssemblyScript tests and how it starts them. `npm test` reads this, and so does
 * `npx asp --as-config asconfig.json`.
 *
 * Its transform, which lets tests compare whole classes, does not compile on AssemblyScript 0.28 and is left out: tests
 * compare plain values.
 */
export default {
  entries: ["assembly/**/__tests__/**/*.spec.ts", "codecs/**/__tests__/**/*.spec.ts", "examples/**/__tests__/**/*.spec.ts"],
  include: ["node_modules/@as-pect/assembly/assembly/index.ts"],
  disclude: [/[/\\]node_modules[/\\]/],
  async instantiate(memory, createImports, instantiate, binary) {
    return instantiate(binary, createImports({ env: { memory, ...hostCalls(binary) } }));
  },
};

/** Unit tests have no host: a call of it answers Unimplemented, and the code under test must bear that. */
function hostCalls(binary) {
  const UNIMPLEMENTED = 12;
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(binary));
  return Object.fromEntries(imports.filter(({ name }) => name.startsWith("proxy_")).map(({ name }) => [name, () => UNIMPLEMENTED]));
}
