/** Format strings as the filter takes them (docs/config.md, "Formats"): what is wrong with one, without the filter. */

/** Which message is at hand when a value is written. */
export type Moment = "request" | "reply" | "end";

export interface FormatReference { side: "request" | "response"; key: string }

const KEYED = ["REQ", "RESP", "PROPERTY"];
const PLAIN = [
  "ROUTE_NAME", "CLUSTER", "UPSTREAM_HOST", "START_TIME", "DURATION", "BYTES_RECEIVED", "BYTES_SENT", "RESPONSE_FLAGS",
  "RESPONSE_CODE", "RESPONSE_CODE_DETAILS", "UPSTREAM_REQUEST_ATTEMPT_COUNT", "SERVICE", "PROTOCOL",
];
const OPERATORS = [...KEYED, ...PLAIN];
const OPERATOR = /^([^(:]*)(?:\(([^)]*)\))?(?::(.*))?$/s;
const MAX_LENGTH = 65_536;

/** A mistake, or the keys that the format reads. */
export function readFormat(text: string, moment: Moment): { mistake: string; allowed?: string[] } | { references: FormatReference[] } {
  const references: FormatReference[] = [];
  for (let at = text.indexOf("%"); at >= 0; ) {
    const end = endOf(text, at + 1);
    if (end < 0) return { mistake: `has a % at offset ${at} without the % that ends it: write %% for a percent sign` };
    const wrong = end > at + 1 ? readOperator(text.slice(at + 1, end), moment, references) : undefined;
    if (wrong) return { ...wrong, mistake: `%${text.slice(at + 1, end)}% at offset ${at} ${wrong.mistake}` };
    at = text.indexOf("%", end + 1);
  }
  return { references };
}

/** The percent sign that ends an operator: not one in its brackets. */
function endOf(text: string, from: number): number {
  for (let i = from, inside = false; i < text.length; i++) {
    if (text[i] === "(") inside = true;
    else if (text[i] === ")") inside = false;
    else if (text[i] === "%" && !inside) return i;
  }
  return -1;
}

function readOperator(text: string, moment: Moment, references: FormatReference[]): { mistake: string; allowed?: string[] } | undefined {
  const [, name, argument, length] = OPERATOR.exec(text) ?? [];
  if (name === undefined || !OPERATORS.includes(name)) return { mistake: "is no operator", allowed: OPERATORS };
  if (KEYED.includes(name) !== Boolean(argument)) return { mistake: KEYED.includes(name) ? "needs an argument in brackets" : "has no argument" };
  if (length !== undefined && !(/^[0-9]+$/.test(length) && Number(length) >= 1 && Number(length) <= MAX_LENGTH)) {
    return { mistake: `has a length that is not a whole number from 1 to ${MAX_LENGTH}` };
  }
  if (name === "RESP" && moment === "request") return { mistake: "is not available: there is no reply yet when this is evaluated" };
  const side = name === "REQ" ? "request" : "response";
  if (name !== "PROPERTY" && argument) references.push(...argument.split("?", 2).map((key) => ({ side, key }) as const));
  return undefined;
}
