import { Writer } from "../../assembly/bytes/writer";
import { writeError } from "./errors";

/** What the codec answers itself, in Frame.b of a request of Kind.Local. */
export enum Answer {
  Ok = 1, Multi = 2, Queued = 3, Authenticated = 4, Skip = 5, NestedMulti = 6, NotInMulti = 7, NoAuth = 8, HelloNeedsAuth = 9,
  HelloSyntax = 10, WrongPassword = 11, NotConfigured = 12, NoReset = 13,
}

/** In the servers' own words, as far as they have any. */
export function writeAnswer(answer: Answer, out: Writer): void {
  switch (answer) {
    case Answer.Skip: return;
    case Answer.Queued: {
      out.text("+QUEUED\r\n");
      return;
    }
    case Answer.NestedMulti: return writeError(out, "ERR", "MULTI calls can not be nested");
    case Answer.NotInMulti: return writeError(out, "ERR", "Command not allowed inside a transaction");
    case Answer.NoAuth: return writeError(out, "NOAUTH", "Authentication required.");
    case Answer.HelloNeedsAuth:
      return writeError(out, "NOAUTH", "HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used");
    case Answer.HelloSyntax: return writeError(out, "ERR", "Syntax error in HELLO");
    case Answer.WrongPassword: return writeError(out, "WRONGPASS", "invalid username-password pair or user is disabled.");
    case Answer.NotConfigured:
      return writeError(out, "ERR", "AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?");
    case Answer.NoReset: return writeError(out, "ERR", "RESET would take from servers the password that the proxy has told them");
    default: out.text("+OK\r\n");
  }
}
