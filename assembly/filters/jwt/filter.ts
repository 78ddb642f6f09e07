import { Json } from "../../bytes/json";
import { Problems } from "../../bytes/problems";
import { Jwt } from "../../jwt/jwt";
import { JwtKey, MAX_KEYS, readJwks, readJwtKey } from "../../jwt/key";
import { Filter } from "../../proxy/filter/filter";
import { KeyResolver } from "../../proxy/match/keyResolver";
import { Frame } from "../../codec/frame";
import { Exchange } from "../../proxy/exchange/exchange";
import { Failure, Reason } from "../../codec/failure";
import { View } from "../../codec/metadata";
import { Mutation } from "../../codec/mutation";
import { nowNs } from "../../proxy/runtime/clock";
import { Credential, Shown } from "../credential";
import { Cache, Verified } from "./cache";
import { Claims } from "./claims";
import { Fetch, NO_KEYS } from "./fetch";

const TOO_MUCH = new Failure(Reason.Denied, "the token has too many claims");
const MISSING = new Failure(Reason.Denied, "a token is needed");
const INVALID = new Failure(Reason.Denied, "the token is not valid");
const NOT_NOW = new Failure(Reason.Denied, "the token has expired, or is not valid yet");
const MAX_LEEWAY_MS: i64 = 3_600_000;
/** What is set in the exchange's word once it has waited for keys. */
const WAITED: u64 = 1;
/** Milliseconds since 1970 that no token lives to see. */
const NEVER: f64 = 1e15;

const given: View = new View(), token: Jwt = new Jwt();

/** Accepts requests with a JSON Web Token signed by one of the configured keys: docs/filters/jwt.md. */
@final
export class JwtFilter extends Filter {
  guards: bool = true;
  private credential!: Credential;
  private claims!: Claims;
  private issuer: string = "";
  private audiences: string[] = [];
  private leeway: f64 = 0;
  private isOptional: bool = false;
  private keys: JwtKey[] = [];
  private fetch: Fetch | null = null;
  /** Of the keys that verified what is in the cache. */
  private version: u32 = 0;
  private cache!: Cache;

  configure(config: Json, keys: KeyResolver, problems: Problems): void {
    problems.unknownFields(config, [
      "key", "prefix", "remove", "issuer", "audiences", "keys", "jwks", "fetch", "claims", "leewayMs", "optional", "cache",
    ]);
    problems.hide(config, ["keys", "jwks"]);
    this.credential = new Credential(config, keys, problems);
    this.issuer = problems.needText(config, "issuer");
    this.audiences = problems.texts(config, "audiences");
    this.leeway = <f64>problems.int(config, "leewayMs", 30_000, 0, MAX_LEEWAY_MS) / 1000;
    this.isOptional = problems.bool(config, "optional");
    this.cache = new Cache(<i32>problems.int(config, "cache", 1000, 1, 65536));
    this.claims = new Claims(config, keys, problems);
    const source = problems.exactlyOne(config, ["keys", "jwks", "fetch"]);
    if (source == "keys") this.readKeys(config, problems);
    else if (source == "jwks") this.readSet(problems.object(config, source), problems);
    else if (source == "fetch") this.readFetch(problems.object(config, source), problems);
  }

  private readKeys(config: Json, problems: Problems): void {
    const list = problems.list(config, "keys");
    for (let i = 0; i < list.length && problems.isObject(list[i]); i++) {
      problems.unknownFields(list[i], ["id", "pem"]);
      const key = readJwtKey(problems.needText(list[i], "pem"), problems.text(list[i], "id"));
      if (key) this.keys.push(key);
      else problems.report(list[i].path() + ".pem", "allowed: a public key in PEM, RSA of 2048..8192 bits or P-256");
    }
    if (list.length == 0 || list.length > MAX_KEYS) problems.report(config.path() + ".keys", "allowed: 1.." + MAX_KEYS.toString() + " keys");
  }

  private readSet(set: Json | null, problems: Problems): void {
    if (!set) return;
    this.keys = readJwks(set, problems);
    if (this.keys.length == 0) problems.report(set.path() + ".keys", "found no key for RS256 or ES256");
  }

  private readFetch(config: Json | null, problems: Problems): void {
    if (!config) return;
    this.fetch = new Fetch(config, problems);
    this.tickMs = 1000;
  }

  onTick(): void {
    const fetch = this.fetch;
    if (fetch) fetch.refresh();
  }

  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    const shown = this.credential.find(f.metadata, given);
    if (shown == Shown.Nothing) return this.isOptional ? null : MISSING;
    if (shown == Shown.Unclear) return INVALID;
    this.takeKeys();
    // The clock of the world, which may be set back: not the one that waiting goes by.
    const now = nowNs() / 1_000_000;
    let verified = this.cache.find(given.at, given.length, now);
    if (verified === null) {
      const failure = this.verify(x, now);
      if (failure) return failure;
      verified = this.keep();
    }
    if (!this.claims.tell(x, f, verified)) return TOO_MUCH;
    this.credential.strip(mutation);
    return null;
  }

  /** Those that were fetched last. What an old one has verified must be verified again. */
  private takeKeys(): void {
    const fetch = this.fetch;
    if (fetch === null || fetch.version == this.version) return;
    this.keys = fetch.keys;
    this.version = fetch.version;
    this.cache.clear();
  }

  /** Null: the token is good. HOLD: its key may be on the way. */
  private verify(x: Exchange, now: u64): Failure | null {
    if (!token.read(given.at, given.length) || !token.isFor(this.issuer, this.audiences)) return INVALID;
    if (!token.isCurrent(<f64>now / 1000, this.leeway)) return NOT_NOW;
    if (token.isSignedBy(this.keys)) return null;
    const fetch = this.fetch, isMissing = this.keys.length == 0 || token.isOfOther(this.keys);
    if (fetch && isMissing && x.word(this.place) != WAITED && fetch.request()) {
      x.setWord(this.place, WAITED);
      return fetch.wait();
    }
    return this.keys.length ? INVALID : NO_KEYS;
  }

  private keep(): Verified {
    const until = min((token.claims.numberOf("exp") + this.leeway) * 1000, NEVER);
    const verified = this.cache.add(given.at, given.length, <u64>until);
    this.claims.keep(token.claims, verified);
    return verified;
  }
}
