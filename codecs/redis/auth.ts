import { Reader } from "../../assembly/bytes/reader";
import { Arguments } from "./arguments";

/** Where AUTH or HELLO has a user name and a password; a length of -1: it has none. */
@final
export class Given {
  userAt: usize = 0;
  userLength: i32 = -1;
  passwordAt: usize = 0;
  passwordLength: i32 = -1;
  /** Of HELLO: index of its option AUTH, and of the name that the connection is given; 0: there is none. */
  authAt: i32 = 0;
  nameAt: i32 = 0;

  clear(): Given {
    this.userLength = -1;
    this.passwordLength = -1;
    this.authAt = 0;
    this.nameAt = 0;
    return this;
  }

  user(r: Reader, args: Arguments, i: i32): void {
    this.userAt = r.base + args.at(i);
    this.userLength = args.lengthOf(i);
  }

  password(r: Reader, args: Arguments, i: i32): void {
    this.passwordAt = r.base + args.at(i);
    this.passwordLength = args.lengthOf(i);
  }
}

const given = new Given();
const OPTIONS: string[] = ["auth", "setname"];

/** The credentials in AUTH [user] password; valid until the next call. */
export function readAuth(r: Reader, args: Arguments): Given {
  given.clear();
  if (args.length > 2) given.user(r, args, 1);
  if (args.length > 1) given.password(r, args, args.length > 2 ? 2 : 1);
  return given;
}

/** What HELLO version [AUTH user password] [SETNAME name] says; null: something else. Valid until the next call. */
export function readHello(r: Reader, args: Arguments): Given | null {
  return unreadOption(r, args) < 0 && args.length == args.count ? given : null;
}

/** Index of the first option of HELLO that cannot be read, or is said twice; -1: there is none. */
export function unreadOption(r: Reader, args: Arguments): i32 {
  given.clear();
  let i = 2;
  while (i < args.length) {
    const option = r.oneOf(args.at(i), args.lengthOf(i), OPTIONS);
    if (option == 0 && given.authAt == 0 && i + 2 < args.length) {
      given.authAt = i;
      given.user(r, args, i + 1);
      given.password(r, args, i + 2);
      i += 3;
    } else if (option == 1 && given.nameAt == 0 && i + 1 < args.length) {
      given.nameAt = i + 1;
      i += 2;
    } else {
      return i;
    }
  }
  return -1;
}

/** A user and a password of the configuration. Never written to a log, a metric or an error. */
@final
export class Credentials {
  constructor(public user: StaticArray<u8>, public password: StaticArray<u8>) {}

  match(given: Given): bool {
    if (given.userLength >= 0 && !same(given.userAt, given.userLength, this.user)) return false;
    return same(given.passwordAt, given.passwordLength, this.password);
  }
}

/** In a time that tells nothing of where the first difference is. */
function same(at: usize, length: i32, secret: StaticArray<u8>): bool {
  if (length != secret.length) return false;
  let difference: u8 = 0;
  for (let i = 0; i < length; i++) difference |= load<u8>(at + i) ^ secret[i];
  return difference == 0;
}
