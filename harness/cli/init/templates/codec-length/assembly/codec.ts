import { Codec, Failure, Frame, Mutation, PendingRequest, Traits, Verdict, Wire, Writer } from "meltemi/assembly";
import { HEADER, MAX_FRAME } from "./constants";
import { decode } from "./decode";
import { encodeRequest } from "./encode";
import { writeError } from "./errors";

export class MyCodec extends Codec {
  constructor() {
    super();
    const traits = new Traits();
    traits.maxHead = HEADER + 0xff;
    traits.maxFrame = MAX_FRAME;
    traits.requestKeys = traits.responseKeys = traits.settableRequest = ["method"];
    this.traits = traits;
  }

  request(w: Wire, f: Frame): Verdict { return decode(w, f, false); }
  response(w: Wire, f: Frame): Verdict { return decode(w, f, true); }
  encode(w: Wire, f: Frame, mutation: Mutation, out: Writer): i32 { return encodeRequest(w.reader, f, mutation, out); }

  reply(w: Wire, x: PendingRequest | null, failure: Failure, out: Writer): bool {
    writeError(x, failure, out);
    return true;
  }
}
