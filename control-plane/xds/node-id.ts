import type { PeerCertificate } from "node:tls";
import { compileRegex } from "../ir/regex.ts";

/** Whether a client that shows this certificate may call itself so. */
export type NodeRule = (certificate: PeerCertificate, id: string) => boolean;

const SOURCES: Record<string, (certificate: PeerCertificate) => string[]> = {
  cn: ({ subject }) => [subject?.CN].flat().filter((name) => typeof name === "string"),
  dns: (certificate) => alternatives(certificate, "DNS:"),
  uri: (certificate) => alternatives(certificate, "URI:"),
};
const PART = /\{(\w+)\}|\*|[^{*]+|\{/g;

/**
 * Reads `<cn|dns|uri>[:<of the certificate>[=><of the node id>]]`, `cn` and `dns` by themselves being `cn:{id}=>{id}`. `{name}` stands for one part of a name,
 * which both must have alike, `*` for any; neither goes past a `/` in the certificate, nor past a `/` or `~` in the id. Throws an Error that says what is wrong.
 */
export function readNodeRule(text: string): NodeRule {
  const [, source = "", , template = "{id}", , id = template] = /^(\w+)(:(.+?)(=>(.+))?)?$/s.exec(text) ?? [];
  if (!Object.hasOwn(SOURCES, source)) throw new Error("allowed: cn, dns, uri:<template>=><template>, such as uri:spiffe://*/ns/{ns}/sa/*=>*~*~*.{ns}~*");
  const names = [...template.matchAll(PART)].flatMap(([, name]) => name ?? []);
  if (names.length === 0) throw new Error(`${JSON.stringify(template)} has no {name}: every node would be accepted`);
  if (new Set(names).size < names.length) throw new Error(`${JSON.stringify(template)} has a name twice`);
  for (const name of names) if (!id.includes(`{${name}}`)) throw new Error(`{${name}} is not in ${JSON.stringify(id)}`);
  for (const [, name] of id.matchAll(PART)) if (name !== undefined && !names.includes(name)) throw new Error(`{${name}} is not in ${JSON.stringify(template)}`);
  const shown = new RegExp(`^${expression(template, () => "([^/]+)", "[^/]*")}$`, "s");
  return (certificate, node) => SOURCES[source]!(certificate).some((value) => {
    const found = shown.exec(value);
    return found !== null && compileRegex(`(?s)${expression(id, (name) => literal(found[1 + names.indexOf(name)]!), "[^/~]*")}`).test(node);
  });
}

function expression(template: string, named: (name: string) => string, any: string): string {
  return template.replace(PART, (part, name: string | undefined) => (name !== undefined ? named(name) : part === "*" ? any : literal(part)));
}

function literal(text: string): string { return text.replace(/[^\w]/gu, (sign) => (sign.charCodeAt(0) < 128 ? `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}` : sign)); }

/** Node quotes what has a comma in it, as JSON. */
function alternatives({ subjectaltname = "" }: PeerCertificate, prefix: string): string[] {
  return (subjectaltname.match(/[^,"\s]*"(?:[^"\\]|\\.)*"|[^,\s][^,]*/g) ?? []).filter((each) => each.startsWith(prefix)).map((each) => {
    const value = each.slice(prefix.length);
    return value.startsWith('"') ? JSON.parse(value) as string : value;
  });
}

/** Who a certificate is for, which stays when it is renewed. */
export function identityOf({ subject, subjectaltname }: PeerCertificate): string { return JSON.stringify([subject, subjectaltname]); }
