import { globFiles } from "../tools/files.ts";

export interface Suite {
  name: string;
  /** What it is, for the reader of the summary. */
  what: string;
  /** Files of this suite, relative to the checkout, sorted. */
  files: () => string[];
  runner: "build" | "aspect" | "node";
  /** Files at the same time, if nobody says otherwise. */
  jobs: number;
  /** Files that measure, and so run with no other beside them, at the end. */
  alone?: (file: string) => boolean;
  /** For one file. */
  timeoutMs: number;
  /** Say each test as it ends: for suites whose tests take long. */
  live: boolean;
}

/** Tests on the emulator; those that start real servers, clients, registries or the command line; all others start no process. */
const EMULATOR = /^(tests\/(framework|filters|hostcalls|toy|fuzz)|harness\/emulator)\//;
const PEERS = /^(harness\/(peers|envoy|cli)|control-plane\/provider|tests\/differential|codecs\/[^/]+\/(vectors|smuggling))\/|^codecs\/redis\/commands\.test\.ts$/;
const CONTRACT = /^tests\/contract\//, E2E = /^tests\/e2e\//, SPEC = /(^|\/)__tests__\/.*\.spec\.ts$/;

const nodeTests = (is: RegExp) => () => globFiles((file) => file.endsWith(".test.ts") && is.test(file));
const otherTests = (): string[] => globFiles((file) => file.endsWith(".test.ts") && ![EMULATOR, PEERS, CONTRACT, E2E].some((each) => each.test(file)));

/** In the order in which they run: what the others need and what is quick comes first. */
export const SUITES: Suite[] = [
  { name: "build", what: "modules that ship", files: () => [], runner: "build", jobs: 1, timeoutMs: 0, live: false },
  { name: "unit", what: "in AssemblyScript", files: () => globFiles((file) => SPEC.test(file)), runner: "aspect", jobs: 1, timeoutMs: 0, live: false },
  { name: "unit", what: "in TypeScript", files: otherTests, runner: "node", jobs: 2, timeoutMs: 300_000, live: false },
  { name: "emulator", what: "modules on the emulator", files: nodeTests(EMULATOR), runner: "node", jobs: 2, timeoutMs: 300_000, live: false },
  { name: "contract", what: "codecs against the contract", files: nodeTests(CONTRACT), runner: "node", jobs: 1, timeoutMs: 600_000, live: false },
  { name: "peers", what: "what talks to real servers, clients and registries, without a mesh", files: nodeTests(PEERS), runner: "node", jobs: 2, timeoutMs: 300_000, live: false },
  { name: "e2e", what: "on the real Envoy", files: nodeTests(E2E), runner: "node", jobs: 2, alone: (file) => /(changes|pressure|soak)\.test\.ts$/.test(file), timeoutMs: 1_200_000, live: true },
];
