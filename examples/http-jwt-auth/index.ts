/** Lets in requests with a good JSON Web Token (RFC 7519) of RS256 or ES256; headers tell the server what it claims. */
import {
  Action, decodeBase64, HttpContext, isUtf8, Json, JsonKind, keyBytes, MapType, nowMilliseconds, PairWriter, parseJson, Problems,
  Reader, readHeader, removeHeader, RootContext, sendLocalResponse, setHeader, setRootFactory, verifyJws, Writer,
} from "../../assembly/sdk";

const DOT: u8 = 0x2e, START = 7, LEEWAY_S: f64 = 30, SCHEMES = ["bearer "], ALGORITHMS = ["RS256", "ES256"];
const token: Writer = new Writer(2048), part: Writer = new Writer(2048), reader: Reader = new Reader();
const challenge: PairWriter = new PairWriter().add("www-authenticate", 'Bearer error="invalid_token"');

class Root extends RootContext {
  config: Json = new Json(JsonKind.Object);
  private algorithms: string[] = [];
  private keys: StaticArray<u8>[] = [];

  onConfigure(configuration: string): string | null {
    const problems = new Problems(), config = this.config = problems.parse(configuration), keys = problems.list(config, "keys");
    problems.unknownFields(config, ["issuer", "audience", "keys", "headers"]);
    problems.needText(config, "issuer");
    problems.needText(config, "audience");
    for (let i = 0; i < keys.length; i++) {
      const key = keyBytes(problems.needText(keys[i], "key"));
      if (!key) problems.report(keys[i].path() + ".key", "allowed: a public key in PEM, or its DER in base64");
      else this.keys.push(key);
      this.algorithms.push(problems.oneOf(keys[i], "algorithm", ALGORITHMS, ""));
    }
    return problems.first;
  }

  createHttpContext(id: u32): HttpContext { return new Guard(id, this); }

  /** What the request's token claims; null: it has none, or a bad one. */
  claims(): Json | null {
    token.reset();
    if (!readHeader(MapType.Request, "authorization", token)) return null;
    reader.reset(token.base, token.length);
    const first = reader.find(DOT, START), second = first < 0 ? -1 : reader.find(DOT, first + 1);
    if (second < 0 || reader.oneOf(0, START, SCHEMES) < 0) return null;
    const head = json(START, first), claims = json(first + 1, second), now = <f64>nowMilliseconds() / 1000;
    if (!head || !claims || head.has("crit") || !this.isSigned(second, head.textOf("alg"))) return null;
    if (!(claims.numberOf("exp") + LEEWAY_S > now) || (claims.has("nbf") && !(claims.numberOf("nbf") - LEEWAY_S <= now))) return null;
    const audience = claims.get("aud"), known = claims.textOf("iss") == this.config.textOf("issuer");
    return known && audience && audience.hasText(this.config.textOf("audience")) ? claims : null;
  }

  /** A key is for the algorithm it was configured with: what a token says of itself opens no other door. */
  private isSigned(dot: i32, algorithm: string): bool {
    part.reset();
    if (!decodeBase64(token.base + dot + 1, token.length - dot - 1, part)) return false;
    for (let i = 0; i < this.keys.length; i++) {
      if (this.algorithms[i] == algorithm && verifyJws(algorithm, this.keys[i], part.base, part.length, token.base + START, dot - START)) return true;
    }
    return false;
  }
}

/** A part of the token, from one dot to the next: JSON in base64. */
function json(from: i32, to: i32): Json | null {
  part.reset();
  const good = decodeBase64(token.base + from, to - from, part) && isUtf8(part.base, part.length);
  return good ? parseJson(String.UTF8.decodeUnsafe(part.base, part.length)).value : null;
}

class Guard extends HttpContext {
  constructor(id: u32, private owner: Root) { super(id, owner); }

  onRequestHeaders(count: i32, end: bool): Action {
    const claims = this.owner.claims(), headers = this.owner.config.get("headers");
    if (!claims) {
      sendLocalResponse(401, "a valid token is needed\n", challenge, "jwt_refused");
      return Action.Pause;
    }
    for (let i = 0; headers && i < headers.names.length; i++) {
      const claim = claims.textOf(headers.items[i].text);
      removeHeader(MapType.Request, headers.names[i]);
      if (claim.length) setHeader(MapType.Request, headers.names[i], claim);
    }
    return Action.Continue;
  }
}

setRootFactory((id: u32): RootContext => new Root(id));

export * from "../../assembly/callbacks";
