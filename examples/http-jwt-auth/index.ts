/** Lets in requests with a good JSON Web Token (RFC 7519) of RS256 or ES256; headers tell the server what it claims. */
import {
  Action, HttpContext, Json, JsonKind, Jwt, JwtKey, MapType, nowMilliseconds, PairWriter, Problems, Reader, readHeader, readJwtKey,
  removeHeader, RootContext, sendLocalResponse, setHeader, setRootFactory, Writer,
} from "../../assembly/sdk";

const START = 7, LEEWAY_S: f64 = 30, SCHEMES = ["bearer "];
const value: Writer = new Writer(2048), reader: Reader = new Reader(), token: Jwt = new Jwt();
const challenge: PairWriter = new PairWriter().add("www-authenticate", 'Bearer error="invalid_token"');

class Root extends RootContext {
  config: Json = new Json(JsonKind.Object);
  private keys: JwtKey[] = [];

  onConfigure(configuration: string): string | null {
    const problems = new Problems(), config = this.config = problems.parse(configuration), keys = problems.list(config, "keys");
    problems.unknownFields(config, ["issuer", "audience", "keys", "headers"]);
    problems.needText(config, "issuer");
    problems.needText(config, "audience");
    for (let i = 0; i < keys.length; i++) {
      const key = readJwtKey(keys[i].text);
      if (key) this.keys.push(key);
      else problems.report(keys[i].path(), "allowed: a public key in PEM, or its DER in base64, RSA or P-256");
    }
    return problems.first;
  }

  createHttpContext(id: u32): HttpContext { return new Guard(id, this); }

  /** What the request's token claims; null: it has none, or a bad one. */
  claims(): Json | null {
    value.reset();
    if (!readHeader(MapType.Request, "authorization", value)) return null;
    reader.reset(value.base, value.length);
    if (reader.oneOf(0, START, SCHEMES) < 0 || !token.read(value.base + START, value.length - START)) return null;
    const isOurs = token.isFor(this.config.textOf("issuer"), [this.config.textOf("audience")]);
    return isOurs && token.isCurrent(<f64>nowMilliseconds() / 1000, LEEWAY_S) && token.isSignedBy(this.keys) ? token.claims : null;
  }
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
