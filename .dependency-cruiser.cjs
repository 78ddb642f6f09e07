/** Imports go one way (design, "Layout"): env <- host <- jwt <- context <- meta <- filters; codecs see only bytes and the contract. */
const LAYERS = ["env", "host", "jwt", "context", "meta", "filters"];
const CONTRACT = "^assembly/meta/(codec|metadata|mutation|exchange|failure|registry)\\.ts$";
const TESTS = "(\\.test\\.ts|\\.spec\\.ts|/__tests__/|^tests/|/vectors/|/smuggling/|/testing/)";
const AS_TESTS = "(\\.test\\.ts$|/__tests__/|/testing/)";

/** A layer of the framework may use itself, bytes and the layers before it. */
const layerRules = LAYERS.map((layer, at) => ({
  name: `assembly/${layer}`,
  comment: `assembly/${layer} may import only bytes and ${LAYERS.slice(0, at + 1).join(", ")}`,
  severity: "error",
  from: { path: `^assembly/${layer}/`, pathNot: AS_TESTS },
  to: { pathNot: [`^assembly/(bytes|${LAYERS.slice(0, at + 1).join("|")})/`] },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: "assembly/bytes", comment: "bytes imports nothing", severity: "error",
      from: { path: "^assembly/bytes/", pathNot: AS_TESTS }, to: { pathNot: "^assembly/bytes/" },
    },
    {
      name: "raw-host-calls", comment: "only host/ uses the raw host calls", severity: "error",
      from: { path: "^(assembly|codecs|examples)/", pathNot: ["^assembly/(env|host)/", AS_TESTS] }, to: { path: "^assembly/env/imports\\.ts$" },
    },
    {
      name: "codecs", comment: "a codec imports its own files, assembly/bytes and the contract in assembly/meta", severity: "error",
      from: { path: "^codecs/([^/]+)/", pathNot: [AS_TESTS, "/index\\.ts$", "/vectors/", "/smuggling/"] },
      to: { pathNot: ["^codecs/$1/", "^assembly/bytes/", CONTRACT] },
    },
    {
      name: "examples", comment: "an example imports its own files, the framework as its users do (index.ts, module.ts and framework.ts), or the SDK (sdk.ts and callbacks.ts)", severity: "error",
      from: { path: "^examples/([^/]+)/", pathNot: [AS_TESTS, "/peer/", "/vectors/"] },
      to: { pathNot: ["^examples/$1/", "^assembly/(index|module|framework|sdk|callbacks)\\.ts$", "^assembly/bytes/", "^codecs/index\\.ts$", CONTRACT] },
    },
    {
      name: "codec-entries", comment: "a codec's index.ts imports its own files, assembly/module and assembly/meta/registry", severity: "error",
      from: { path: "^codecs/([^/]+)/index\\.ts$" },
      to: { pathNot: ["^codecs/$1/", "^assembly/module\\.ts$", "^assembly/bytes/", CONTRACT] },
    },
    {
      name: "control-plane", comment: "the control plane knows neither the harness nor the framework's code", severity: "error",
      from: { path: "^control-plane/", pathNot: TESTS }, to: { path: "^(harness|assembly|codecs|tests|bench)/" },
    },
    {
      name: "tests-last", comment: "nothing but tests imports tests", severity: "error",
      from: { path: "^(assembly|codecs|examples|control-plane|harness|bench)/", pathNot: TESTS }, to: { path: "(^tests/|\\.test\\.ts$|\\.spec\\.ts$)" },
    },
    {
      name: "unresolved", comment: "the imported file does not exist", severity: "error",
      from: {}, to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // templates are of projects elsewhere, with packages of their own
    exclude: { path: "(^\\.cache/|^build/|/target/|^harness/cli/init/templates/)" },
    // AssemblyScript has no types of its own to leave out: every import counts
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".mjs", ".js", ".json"], exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
