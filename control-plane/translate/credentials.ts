import type { Auth, SecretResource } from "../api/credentials.ts";
import { title } from "../api/metadata.ts";
import type { Located, Problems } from "../api/problem.ts";
import { Secret } from "../api/secret.ts";
import { didYouMean } from "../api/suggest.ts";
import type { Credentials } from "../ir/ir.ts";

/** Where a password stands in a Secret whose reference names no field. */
const PASSWORD_FIELDS = ["password", "token"];
const USERNAME_FIELD = "username";
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Finds the passwords that resources name. */
export class Vault {
  constructor(private readonly secrets: readonly SecretResource[], private readonly problems: Problems) {}

  /** Undefined after a problem. */
  open(auth: Auth, namespace: string): Credentials | undefined {
    if ("password" in auth) return { password: auth.password, ...(auth.username ? { username: auth.username } : {}) };
    const { secret: name, passwordField, usernameField } = auth;
    const secret = this.find(name, namespace);
    if (secret === undefined) return undefined;
    const field = passwordField?.value ?? PASSWORD_FIELDS.find((f) => secret.entries.has(f)) ?? PASSWORD_FIELDS[0]!;
    const password = this.read(secret, field, passwordField?.at ?? name.at);
    const user = usernameField?.value ?? (secret.entries.has(USERNAME_FIELD) ? USERNAME_FIELD : undefined);
    const username = user === undefined ? undefined : this.read(secret, user, usernameField?.at ?? name.at)?.reveal();
    if (password?.reveal() === "") this.problems.error(secret.entries.get(field)!.at, "is empty: a password is required");
    return password && { password, ...(username ? { username } : {}) };
  }

  /** The value of the first of these fields that a Secret has. Undefined after a problem. */
  entry(name: Located<string>, namespace: string, fields: string[]): Secret | undefined {
    const secret = this.find(name, namespace);
    return secret && this.read(secret, fields.find((field) => secret.entries.has(field)) ?? fields[0]!, name.at);
  }

  private find(name: Located<string>, namespace: string): SecretResource | undefined {
    const here = this.secrets.filter((s) => s.namespace === namespace);
    const secret = here.find((s) => s.name === name.value);
    if (secret !== undefined) return secret;
    const names = here.map((s) => s.name);
    const detail = { found: JSON.stringify(name.value), allowed: names };
    this.problems.error(name.at, `no Secret of this name in namespace ${namespace}${didYouMean(name.value, names)}`, detail);
    return undefined;
  }

  /** One value of a Secret, without the newline that `echo` leaves at its end. */
  private read(secret: SecretResource, field: string, at: Auth["at"]): Secret | undefined {
    const entry = secret.entries.get(field);
    if (entry === undefined) {
      this.problems.error(at, `${title(secret)} has no such field`, { found: JSON.stringify(field), allowed: [...secret.entries.keys()].sort() });
      return undefined;
    }
    const text = entry.base64 ? decode(entry.text.reveal()) : entry.text.reveal();
    if (text === undefined) {
      this.problems.error(entry.at, "must be a text in base64: encode it, or put it into stringData unencoded");
      return undefined;
    }
    return new Secret(text.replace(/\r?\n$/, ""));
  }
}

function decode(base64: string): string | undefined {
  const packed = base64.replace(/\s/g, "");
  if (!BASE64.test(packed) || packed.length % 4 === 1) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(packed, "base64"));
  } catch {
    return undefined;
  }
}
