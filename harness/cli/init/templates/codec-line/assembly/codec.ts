import { Codec, Failure, Frame, Mutation, PendingRequest, Session, Traits, Verdict, Wire, Writer } from "meltemi/assembly";
import { MAX_LINE } from "./constants";
import { decodeReply, decodeRequest } from "./decode";
import { encodeRequest } from "./encode";
import { writeError } from "./errors";
import { LineWire } from "./framing";

export class MyCodec extends Codec {
  constructor() {
    super();
    const traits = new Traits();
    traits.maxHead = traits.maxFrame = MAX_LINE;
    traits.requestKeys = traits.settableRequest = ["method"];
    this.traits = traits;
  }

  wire(session: Session, lane: bool): Wire { return new LineWire(session, lane); }
  request(w: Wire, f: Frame): Verdict { return decodeRequest(changetype<LineWire>(w), f); }
  response(w: Wire, f: Frame): Verdict { return decodeReply(changetype<LineWire>(w), f); }
  encode(w: Wire, f: Frame, mutation: Mutation, out: Writer): i32 { return encodeRequest(w.reader, f, mutation, out); }

  reply(w: Wire, x: PendingRequest | null, failure: Failure, out: Writer): bool {
    writeError(x, failure, out);
    return true;
  }
}
