/** The npm package `thrift` from the folder that --modules names, and the peers' options. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";

const TEXT = { type: "string" };

export const options = parseArgs({ options: { modules: TEXT, name: TEXT, port: TEXT, transport: TEXT, protocol: TEXT, service: TEXT, plain: { type: "boolean" } } }).values;

export const thrift = createRequire(join(options.modules, "package.json"))("thrift");

// Its warnings would stand among the lines that the tests read.
thrift.setLogFunc(console.error);

const transport = options.transport ?? "framed";

/** For createConnection and createMultiplexServer. THeader has frames of its own, so its transport is the one without. */
export const stack = {
  transport: transport === "framed" ? thrift.TFramedTransport : thrift.TBufferedTransport,
  protocol: transport === "header" ? thrift.THeaderProtocol : options.protocol === "compact" ? thrift.TCompactProtocol : thrift.TBinaryProtocol,
};

export const header = transport === "header";
export const COMPACT = 2;
