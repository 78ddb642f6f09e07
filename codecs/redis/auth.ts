import { Reader } from "../../assembly/bytes/reader";
import { Arguments } from "./arguments";

/** What the codec answers itself, in Frame.b of a request of Kind.Local. */
export enum Answer {
  Multi = 1, NestedMulti = 2, NoAuth = 3, HelloNeedsAuth = 4, WrongPassword = 5, Authenticated = 6, NotConfigured = 7,
  Queued = 8,
}

/** The words of an answer that is an error; empty for those that are none. */
export function wordsOf(answer: Answer): string {
  switch (answer) {
    case Answer.NestedMulti: return "ERR MULTI calls can not be nested";
    case Answer.NoAuth: return "NOAUTH Authentication required.";
    case Answer.HelloNeedsAuth:
      return "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used";
    case Answer.WrongPassword: return "WRONGPASS invalid username-password pair or user is disabled.";
    case Answer.NotConfigured: return "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?";
    default: return "";
  }
}

/** Where a command has a user name and a password; a password length of -1: it has none. */
@final
export class Given {
  /** Index of the first argument of them, and of the one behind. */
  from: i32 = 0;
  to: i32 = 0;
  userAt: usize = 0;
  userLength: i32 = -1;
  passwordAt: usize = 0;
  passwordLength: i32 = -1;
}

const given = new Given();
const AUTH: string[] = ["auth"];
const SETNAME: string[] = ["setname"];

/** The credentials in AUTH [user] password, or in HELLO version AUTH user password; valid until the next call. */
export function credentialsIn(r: Reader, args: Arguments, hello: bool): Given {
  given.userLength = -1;
  given.passwordLength = -1;
  let from = 1;
  if (hello) {
    for (from = 2; from < args.length && r.oneOf(args.at(from), args.lengthOf(from), AUTH) < 0;) {
      from += r.oneOf(args.at(from), args.lengthOf(from), SETNAME) < 0 ? 1 : 2;
    }
    if (from + 2 >= args.length) return given;
    given.from = from;
    from++;
  }
  const two = hello || args.length > 2;
  if (from + (two ? 1 : 0) >= args.length) return given;
  if (two) {
    given.userAt = r.base + args.at(from);
    given.userLength = args.lengthOf(from);
    from++;
  }
  given.passwordAt = r.base + args.at(from);
  given.passwordLength = args.lengthOf(from);
  given.to = from + 1;
  return given;
}

/** A user and a password of the configuration. Never written to a log, a metric or an error. */
@final
export class Credentials {
  constructor(public user: StaticArray<u8>, public password: StaticArray<u8>) {}

  match(given: Given): bool {
    if (given.userLength >= 0 && !this.isUser(given)) return false;
    return sameSecret(given.passwordAt, given.passwordLength, this.password);
  }

  private isUser(given: Given): bool {
    return given.userLength == this.user.length && memory.compare(given.userAt, changetype<usize>(this.user), given.userLength) == 0;
  }
}

/** In a time that tells nothing of where the first difference is. */
function sameSecret(at: usize, length: i32, secret: StaticArray<u8>): bool {
  if (length != secret.length) return false;
  let difference: u8 = 0;
  for (let i = 0; i < length; i++) difference |= load<u8>(at + i) ^ secret[i];
  return difference == 0;
}
