/** What the Thrift compiler would write for demo.thrift, as tables: on the library's own classes, same calls in the same order. */
import { thrift } from "./library.mjs";
import { BINARY, BOOL, DOUBLE, I32, I64, list, map, set, STRING, struct } from "./struct.mjs";

const { MessageType, TApplicationException, TApplicationExceptionType, Type } = thrift.Thrift;

const ITEM = struct("Item", [[1, "id", I32], [2, "name", STRING], [3, "numbers", list(I64)], [4, "tags", map(STRING, STRING)],
  [5, "marks", set(I32)], [6, "flag", BOOL], [7, "weight", DOUBLE]]);
const OOPS = struct("Oops", [[1, "code", I32], [2, "why", STRING]]);
const ONEWAY = "oneway";

/** The declared exception. */
export class Oops extends Error {
  constructor({ code, why }) {
    super(`${code}: ${why}`);
    Object.assign(this, { name: "Oops", code, why });
  }
}

/** Arguments as [name, type], the result's type (null: void), whether Oops is declared. */
const TABLE = {
  echo: [[["text", STRING]], STRING], item: [[["it", ITEM]], ITEM, true], add: [[["a", I32], ["b", I32]], I32],
  notify: [[["text", STRING]], ONEWAY], boom: [[["why", STRING]], null, true], crash: [[["why", STRING]], STRING],
  blob: [[["data", BINARY]], BINARY], sleep: [[["ms", I32], ["tag", STRING]], STRING], whoami: [[], STRING],
  headers: [[], map(STRING, STRING)], calls: [[["method", STRING]], I32],
  drop: [[["what", STRING]], STRING], many: [[["xs", list(STRING)]], I32], maps: [[["m", map(STRING, STRING)]], I32], setz: [[["s", set(STRING)]], I32],
};

export const METHODS = Object.fromEntries(Object.entries(TABLE).map(([name, [args, result, declares]]) => [name, {
  names: args.map(([argument]) => argument), oneway: result === ONEWAY, void: result === null,
  args: struct(`${name}_args`, args.map(([argument, type], i) => [i + 1, argument, type])),
  result: struct(`${name}_result`, [...(result && result !== ONEWAY ? [[0, "success", result]] : []), ...(declares ? [[1, "oops", OOPS]] : [])]),
}]));

/** As generated, but one `call` for all methods; sequence ids count from 1. */
export class Client {
  constructor(output, pClass) {
    Object.assign(this, { output, pClass, _seqid: 0, _reqs: {} });
    for (const [name, method] of Object.entries(METHODS)) this[`recv_${name}`] = (input, type, seqid) => this.receive(name, method, input, type, seqid);
  }

  new_seqid() { return (this._seqid += 1); }

  /** Sends; the promise is of the reply. `prepare` sees the protocol before the message is written. */
  call(name, values, { oneway = METHODS[name]?.oneway, prepare = () => undefined } = {}) {
    this._seqid = this.new_seqid();
    const seqid = this._seqid, method = METHODS[name] ?? METHODS.echo;
    if (!METHODS[name]) this[`recv_${name}`] = (input, type, id) => this.receive(name, method, input, type, id);
    return new Promise((resolve, reject) => {
      if (!oneway) this._reqs[seqid] = (error, result) => error ? reject(error) : resolve(result);
      const out = new this.pClass(this.output);
      prepare(out);
      out.writeMessageBegin(name, oneway ? MessageType.ONEWAY : MessageType.CALL, seqid);
      method.args.write(out, Object.fromEntries(method.names.map((argument, i) => [argument, values[i]])));
      out.writeMessageEnd();
      out.flush();
      if (oneway) resolve(null);
    });
  }

  receive(name, method, input, type, seqid) {
    const callback = this._reqs[seqid] ?? (() => undefined);
    delete this._reqs[seqid];
    if (type === MessageType.EXCEPTION) {
      const error = new TApplicationException();
      error.read(input);
      input.readMessageEnd();
      return callback(error);
    }
    const { success, oops } = method.result.read(input);
    input.readMessageEnd();
    if (oops) return callback(new Oops(oops));
    if (success !== undefined || method.void) return callback(null, success ?? null);
    return callback(new TApplicationException(TApplicationExceptionType.MISSING_RESULT, `${name} failed: unknown result`));
  }
}

export class Processor {
  constructor(handler) { this.handler = handler; }

  process(input, output) {
    const { fname, rseqid } = input.readMessageBegin();
    const method = METHODS[fname];
    if (!method) {
      input.skip(Type.STRUCT);
      input.readMessageEnd();
      this.fail(output, fname, rseqid, new TApplicationException(TApplicationExceptionType.UNKNOWN_METHOD, `Unknown function ${fname}`));
      return;
    }
    const args = method.args.read(input);
    input.readMessageEnd();
    Promise.resolve().then(() => this.handler[fname](...method.names.map((name) => args[name]))).then((success) => ({ success }), (error) => {
      if (error instanceof Oops) return { oops: error };
      throw error;
    }).then((result) => {
      if (!method.oneway) write(output, fname, MessageType.REPLY, rseqid, (out) => method.result.write(out, result));
    }).catch((error) => this.fail(output, fname, rseqid, new TApplicationException(TApplicationExceptionType.UNKNOWN, error.message)));
  }

  fail(output, name, seqid, error) { write(output, name, MessageType.EXCEPTION, seqid, (out) => error.write(out)); }
}

function write(output, name, type, seqid, body) {
  output.writeMessageBegin(name, type, seqid);
  body(output);
  output.writeMessageEnd();
  output.flush();
}
