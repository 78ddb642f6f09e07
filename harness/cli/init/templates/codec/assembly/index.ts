/**
 * {{name}}: a protocol made up for this project; make it yours. Every frame, both ways, numbers big endian:
 *
 *   0 u32 bytes that follow | 4 u32 id | 8 u8 type | 9 u8 length of the method | 10 method | body
 *
 * type: 0 request, 1 reply, 2 error reply.
 */
import { Codec, Failure, Frame, Outcome, PendingRequest, registerCodec, Traits, Verdict, Wire, Writer } from "meltemi/assembly";

const HEADER = 10, REPLY = 1, ERROR = 2, METHOD = 0;

class MyCodec extends Codec {
  constructor() {
    super();
    const traits = new Traits();
    traits.maxHead = HEADER + 0xff;
    traits.requestKeys = ["method"];
    traits.responseKeys = ["method"];
    this.traits = traits;
  }

  request(w: Wire, f: Frame): Verdict { return this.decode(w, f, false); }
  response(w: Wire, f: Frame): Verdict { return this.decode(w, f, true); }

  private decode(w: Wire, f: Frame, fromServer: bool): Verdict {
    const r = w.reader;
    if (r.size < HEADER) return w.wants(HEADER);
    const rest = r.u32();
    f.key = r.u32();
    const type = r.u8(), method = r.u8();
    if (rest > 16 << 20) return w.bad("frame of more than 16 MiB", 0);
    if (rest < <u32>(HEADER - 4 + method)) return w.bad("frame shorter than its method", 0);
    f.size = 4 + rest;
    if (fromServer ? type != REPLY && type != ERROR : type != 0) return w.bad("unknown type", 8);
    f.head = HEADER + method;
    if (r.size < f.head) return w.wants(f.head);
    f.put(METHOD, HEADER, method);
    if (type == ERROR) f.outcome = Outcome.Server;
    return Verdict.Head;
  }

  reply(w: Wire, x: PendingRequest | null, failure: Failure, out: Writer): bool {
    out.u32(HEADER - 4 + String.UTF8.byteLength(failure.text));
    out.u32(x ? <u32>x.key : 0);
    out.u8(ERROR);
    out.u8(0);
    out.text(failure.text);
    return true;
  }
}

registerCodec("{{name}}", (): Codec => new MyCodec());

export * from "meltemi/assembly/module";
