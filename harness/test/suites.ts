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

const E2E = "tests/e2e/", CONTRACT = "tests/contract/";
const nodeTests = (belongs: (file: string) => boolean) => () => globFiles((file) => file.endsWith(".test.ts") && belongs(file));

/** In the order in which they run: what the others need and what is quick comes first. */
export const SUITES: Suite[] = [
  { name: "build", what: "modules that ship", files: () => [], runner: "build", jobs: 1, timeoutMs: 0, live: false },
  { name: "aspect", what: "AssemblyScript unit tests", files: () => globFiles((file) => /(^|\/)__tests__\/.*\.spec\.ts$/.test(file)), runner: "aspect", jobs: 1, timeoutMs: 0, live: false },
  { name: "unit", what: "TypeScript unit tests", files: nodeTests((file) => !file.startsWith(E2E) && !file.startsWith(CONTRACT)), runner: "node", jobs: 2, timeoutMs: 300_000, live: false },
  { name: "contract", what: "codecs against the contract", files: nodeTests((file) => file.startsWith(CONTRACT)), runner: "node", jobs: 1, timeoutMs: 600_000, live: false },
  { name: "e2e", what: "on the real Envoy", files: nodeTests((file) => file.startsWith(E2E)), runner: "node", jobs: 2, alone: (file) => /(changes|pressure|soak)\.test\.ts$/.test(file), timeoutMs: 1_200_000, live: true },
];
