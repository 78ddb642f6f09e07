/** Imports go one way (docs/overview.md, "Source layout"): env <- host <- jwt <- context <- codec <- proxy <- filters; codecs see only bytes and the contract. */
const LAYERS = ["env", "host", "jwt", "context", "codec", "proxy", "filters"];
const CONTRACT = "^assembly/codec/";

/** What each room of the framework may import of the others. */
const ROOMS = {
  runtime: [],
  http2: ["runtime"],
  match: [],
  cluster: ["runtime"],
  exchange: ["cluster", "runtime"],
  upstream: ["exchange", "cluster", "http2", "runtime"],
  filter: ["exchange", "match", "cluster", "runtime"],
  route: ["filter", "match", "exchange", "cluster", "runtime"],
  xds: ["filter", "match", "cluster", "runtime"],
  config: ["xds", "route", "filter", "match", "exchange", "cluster", "http2", "runtime"],
  downstream: ["config", "xds", "upstream", "route", "filter", "match", "exchange", "cluster", "http2", "runtime"],
  inspect: [],
};
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

const roomRules = Object.entries(ROOMS).map(([room, below]) => ({
  name: `proxy/${room}`,
  comment: `assembly/proxy/${room} may import of the other rooms ${below.length ? below.join(", ") : "none"}`,
  severity: "error",
  from: { path: `^assembly/proxy/${room}/`, pathNot: AS_TESTS },
  to: { path: "^assembly/proxy/", pathNot: `^assembly/proxy/(${[room, ...below].join("|")})/` },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    ...roomRules,
    {
      name: "contract", comment: "the contract imports only bytes", severity: "error",
      from: { path: CONTRACT, pathNot: AS_TESTS }, to: { pathNot: ["^assembly/bytes/", CONTRACT] },
    },
    {
      name: "assembly/bytes", comment: "bytes imports nothing", severity: "error",
      from: { path: "^assembly/bytes/", pathNot: AS_TESTS }, to: { pathNot: "^assembly/bytes/" },
    },
    {
      name: "raw-host-calls", comment: "only host/ uses the raw host calls", severity: "error",
      from: { path: "^(assembly|codecs|examples)/", pathNot: ["^assembly/(env|host)/", AS_TESTS] }, to: { path: "^assembly/env/imports\\.ts$" },
    },
    {
      name: "codecs", comment: "a codec imports its own files, assembly/bytes and the contract in assembly/codec", severity: "error",
      from: { path: "^codecs/([^/]+)/", pathNot: [AS_TESTS, "/index\\.ts$", "/vectors/", "/smuggling/"] },
      to: { pathNot: ["^codecs/$1/", "^assembly/bytes/", CONTRACT] },
    },
    {
      name: "examples", comment: "an example imports its own files, the framework as its users do (index.ts, module.ts and framework.ts), or the SDK (sdk.ts and callbacks.ts)", severity: "error",
      from: { path: "^examples/([^/]+)/", pathNot: [AS_TESTS, "/peer/", "/vectors/"] },
      to: { pathNot: ["^examples/$1/", "^assembly/(index|module|framework|sdk|callbacks)\\.ts$", "^assembly/bytes/", "^codecs/index\\.ts$", CONTRACT] },
    },
    {
      name: "codec-entries", comment: "a codec's index.ts imports its own files, assembly/module and the contract", severity: "error",
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
      name: "no-circles", comment: "files import one way: move what both need into a file of its own", severity: "error",
      from: { pathNot: TESTS }, to: { circular: true },
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
