import type { Place, Problems } from "../api/problem.ts";
import type { Listener } from "../ir/ir.ts";

/** Filters that restrict access. */
const GUARDS = ["jwt", "token", "auth", "extAuth", "localRateLimit", "globalRateLimit"];

/** What words of a port's name say to a codec, by option. */
const WORDS: Record<string, Record<string, string[]>> = {
  thrift: { transports: ["unframed", "framed", "header"], protocols: ["binary", "compact"] },
};

const EXAMPLES: Record<string, string> = { thrift: "tcp-thrift-framed-binary" };

/** Options of a codec that the words behind the protocol in a port's name give: `tcp-thrift-framed-binary`. */
export function spokenOptions(codec: string, words: readonly string[]): Record<string, string[]> {
  const options = Object.entries(WORDS[codec] ?? {}).map(([option, known]): [string, string[]] => [option, known.filter((word) => words.includes(word))]);
  return Object.fromEntries(options.filter(([, said]) => said.length > 0));
}

/** Bytes are a message in one way of speaking and hide another in the next: rules need to know which one servers speak. */
export function checkSpoken({ codec, options = {}, filters = [] }: Pick<Listener, "codec" | "options" | "filters">, at: Place, problems: Problems): void {
  const guards = [...new Set(filters.map(({ name }) => name).filter((name) => GUARDS.includes(name)))], wanted = WORDS[codec];
  const missing = Object.keys(wanted ?? {}).filter((option) => options[option] === undefined);
  if (!wanted || guards.length === 0 || missing.length === 0) return;
  problems.error(at, `with ${guards.join(", ")} the servers' ${missing.join(" and ")} must be configured: in the port's name, such as ${EXAMPLES[codec]}, or by options of an ApplicationProtocol`, {
    allowed: missing.flatMap((option) => wanted[option]!),
  });
}
