/** Asks an HTTP service about each request, whatever its protocol: a POST of metadata as JSON, 2xx lets it in. */
import { Exchange, Failure, Filter, Frame, Held, hold, HOLD, Json, KeyResolver, Mutation, Presence, Problems, Reason, registerFilter, View, Writer } from "../../assembly/index";
import { JsonWriter } from "../../assembly/bytes/jsonWriter";
import { HttpCall, PairWriter, Status } from "../../assembly/sdk";

const TIMEOUT_MS = 200, MAX_OPEN = 1000, MAX_BODY = 16384;
const DENIED = new Failure(Reason.Denied, "custom-auth does not allow this");
const headers: PairWriter = new PairWriter(), body: Writer = new Writer(), value: View = new View();

class Question extends HttpCall {
  constructor(private filter: CustomAuth, private held: Held) { super(null); }

  onResponse(headers: i32, bodySize: i32, trailers: i32): void {
    const status = this.status;
    this.filter.open--;
    this.held.resume(status >= 200 && status < 300 ? null : DENIED);
  }
}

class CustomAuth extends Filter {
  guards: bool = true;
  open: i32 = 0;
  private cluster: string = "";
  private names: string[] = [];
  private slots: i32[] = [];

  configure(config: Json, keys: KeyResolver, problems: Problems): void {
    problems.unknownFields(config, ["cluster", "keys"]);
    this.cluster = problems.needText(config, "cluster");
    this.names = problems.texts(config, "keys");
    for (let i = 0; i < this.names.length; i++) this.slots.push(keys.request(config.path() + ".keys[" + i.toString() + "]", this.names[i], problems));
  }

  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    const json = new JsonWriter(body), metadata = f.metadata;
    body.reset();
    json.beginObject();
    for (let i = 0; i < this.slots.length; i++) {
      if (metadata.presence(this.slots[i]) == Presence.Hidden) return DENIED;
      json.name(this.names[i]);
      json.beginArray();
      for (let place = metadata.first(this.slots[i]); place >= 0; place = metadata.next(place)) {
        metadata.view(place, value);
        json.bytes(value.at, value.length);
      }
      json.endArray();
    }
    json.endObject();
    if (this.open >= MAX_OPEN || body.length > MAX_BODY) return DENIED;
    headers.reset().add(":method", "POST").add(":path", "/").add(":authority", this.cluster).add("content-type", "application/json");
    if (new Question(this, hold()).send(this.cluster, headers, TIMEOUT_MS, body) != Status.Ok) return DENIED;
    this.open++;
    return HOLD;
  }
}

registerFilter("customAuth", (): Filter => new CustomAuth());
