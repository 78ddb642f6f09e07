import { Reader } from "../../assembly/bytes/reader";
import { Writer } from "../../assembly/bytes/writer";
import { Arguments } from "./arguments";
import { unreadOption } from "./auth";
import { beginError, endError, writeError } from "./errors";
import { RedisWire } from "./wire";

/** Bytes of a word of the client's that an error repeats. */
const MAX_OPTION: i32 = 128;

/** What the codec answers itself, in Frame.b of a request of Kind.Local. */
export enum Answer {
  Ok = 1, Multi = 2, Queued = 3, Authenticated = 4, Skip = 5, NestedMulti = 6, NotInMulti = 7, NoAuth = 8, HelloNeedsAuth = 9,
  HelloSyntax = 10, WrongPassword = 11, NotConfigured = 12, NoReset = 13, NotWatched = 14, Reset = 15, Silent = 16, Nothing = 17,
  Syntax = 18,
}

/** In the servers' own words, as far as they have any. */
export function writeAnswer(answer: Answer, w: RedisWire, out: Writer): void {
  switch (answer) {
    case Answer.Skip: case Answer.Nothing: return;
    case Answer.Reset: {
      out.text("+RESET\r\n");
      return;
    }
    case Answer.Queued: {
      out.text("+QUEUED\r\n");
      return;
    }
    case Answer.NestedMulti: return writeError(out, "ERR", "MULTI calls can not be nested");
    case Answer.NotWatched: return writeError(out, "ERR", "WATCH inside MULTI is not allowed");
    case Answer.Syntax: return writeError(out, "ERR", "syntax error");
    case Answer.Silent: return writeError(out, "ERR", "not allowed while replies are off: the server's agreement would not be known");
    case Answer.NotInMulti: return writeError(out, "ERR", "Command not allowed inside a transaction");
    case Answer.NoAuth: return writeError(out, "NOAUTH", "Authentication required.");
    case Answer.HelloNeedsAuth:
      return writeError(out, "NOAUTH", "HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used");
    case Answer.HelloSyntax: return writeHelloSyntax(w.reader, w.arguments, out);
    case Answer.WrongPassword: return writeError(out, "WRONGPASS", "invalid username-password pair or user is disabled.");
    case Answer.NotConfigured:
      return writeError(out, "ERR", "AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?");
    case Answer.NoReset: return writeError(out, "ERR", "RESET would undo the proxy's login at the servers");
    default: out.text("+OK\r\n");
  }
}

/** Names the option that cannot be read, cut as servers cut it. */
function writeHelloSyntax(r: Reader, args: Arguments, out: Writer): void {
  const i = unreadOption(r, args), from = beginError(out, "ERR");
  out.text("Syntax error in HELLO option '");
  if (i >= 0 && i < args.length) out.bytes(r.base + args.at(i), min(args.lengthOf(i), MAX_OPTION));
  out.u8(0x27);
  endError(out, from);
}
