/** Which real servers run the forbidden call of a case when its bytes come directly: tests/e2e/smuggling-thrift.test.ts holds it to them. */
import type { SmugglingCase } from "../../../tests/contract/smuggling.ts";

export interface ServerKind {
  name: string;
  library: "python" | "go" | "node";
  /** A `header` server detects framed and unframed clients and both protocols. */
  transport: "framed" | "buffered" | "header";
  protocol: "binary" | "compact";
  /** Not multiplexed: such servers pass over the type of a message. */
  plain: boolean;
}

const LIBRARIES = ["python", "go", "node"] as const, DETECTING = ["python", "go"] as const;

export const SERVERS: ServerKind[] = [
  ...([["framed", "binary", false], ["framed", "binary", true], ["framed", "compact", true], ["buffered", "binary", true]] as const).flatMap(([transport, protocol, plain]) =>
    LIBRARIES.map((library) => ({ name: `${library} ${transport} ${protocol}${plain ? "" : " services"}`, library, transport, protocol, plain }))),
  ...DETECTING.map((library) => ({ name: `${library} header`, library, transport: "header" as const, protocol: "binary" as const, plain: true })),
];

/** Whether it may stand behind the case's options: it must speak all that they name. None of them is Finagle's. */
export function speaks({ transport, protocol }: ServerKind, { name, options }: SmugglingCase): boolean {
  if (name.includes("Finagle")) return false;
  if (transport === "header") return true;
  const { transports, protocols } = options as { transports: string[]; protocols: string[] };
  return transports.every((each) => each === (transport === "buffered" ? "unframed" : transport)) && protocols.every((each) => each === protocol);
}

const KEEP_REST = /framed|go header/, GO_HEADER = /go header/, NOT_SERVICES = /(binary|compact|header)$/, BY_IDL = /framed|buffered|go header/;

/** By cases' names. */
const RUN_BY: [RegExp, RegExp][] = [
  [/^framed binary: (a second message|behind a one-way)|^the same past a list|^framed compact: the same/, KEEP_REST],
  [/^framed binary without versions: the same/, / framed/],
  [/^THeader(, deflated)?: the (same|second)|^a frame of no bytes/, GO_HEADER],
  [/which goes on in the next/, /^go/],
  [/an unframed message behind a framed one/, /header/],
  [/a framed message behind an unframed one|^unframed bytes where/, /python header/],
  [/^framed bytes where/, / buffered/],
  [/(type \d+|a reply|an exception) from a client/, NOT_SERVICES],
  [/sent as one of|the same behind an honest call/, BY_IDL],
  [/^a name that.*Demo:drop:x/, /node .* services/],
];

/** The servers that run the forbidden call of the case; no others do. */
export function runBy(one: SmugglingCase): ServerKind[] {
  const named = RUN_BY.find(([name]) => name.test(one.name))?.[1];
  return SERVERS.filter((kind) => speaks(kind, one) && named?.test(kind.name));
}
