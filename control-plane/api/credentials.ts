import type { Field, Fields } from "./field.ts";
import type { Metadata } from "./metadata.ts";
import { joinPath, type Located, type Place } from "./problem.ts";
import { Secret } from "./secret.ts";

/** Kubernetes' Secret: texts by key, `data` still in base64. */
export interface SecretResource extends Metadata { entries: Map<string, { text: Secret; base64: boolean; at: Place }> }

/** `auth` of a Redis resource: written out, or where in which Secret of the same namespace it stands. */
export type Auth = { at: Place } & (
  | { password: Secret; username?: string }
  | { secret: Located<string>; passwordField?: Located<string>; usernameField?: Located<string> });

/** core/v1 Secret. What is wrong with a value is told where something asks for it: most are nobody's here. */
export function readSecret(root: Fields, metadata: Metadata): SecretResource {
  const entries: SecretResource["entries"] = new Map();
  for (const [name, base64] of [["data", true], ["stringData", false]] as const) {
    for (const { key, value } of root.field(name).hidden().entries()) {
      const text = value.secret();
      if (text) entries.set(key, { text, base64, at: value.called(joinPath(name, key)).at });
    }
  }
  root.silent("type", "immutable");
  return { ...metadata, entries };
}

/** `{plain: {password, username}}` or `{secret: {name, passwordField, usernameField}}`. */
export function readAuth(field: Field): Auth | undefined {
  if (field.missing) return undefined;
  const auth = field.hidden().record();
  const [plain, secret] = [auth.field("plain"), auth.field("secret")];
  auth.end();
  if (!field.isRecord) return undefined;
  if (plain.missing === secret.missing) {
    field.error(plain.missing ? "must have one of plain and secret" : "must have one of plain and secret, not both");
    return undefined;
  }
  return secret.missing ? readPlain(plain) : readReference(secret);
}

function readPlain(field: Field): Auth | undefined {
  const plain = field.record();
  const password = plain.required("password").secret();
  const username = plain.field("username").string();
  plain.end();
  if (password?.reveal() === "") plain.field("password").error("must not be empty");
  return password && { at: field.at, password, ...(username ? { username } : {}) };
}

function readReference(field: Field): Auth | undefined {
  const reference = field.record();
  const secret = reference.required("name").located();
  const [passwordField, usernameField] = [reference.field("passwordField").located(), reference.field("usernameField").located()];
  reference.end();
  return secret && { at: field.at, secret, ...(passwordField ? { passwordField } : {}), ...(usernameField ? { usernameField } : {}) };
}
