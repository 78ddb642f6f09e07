import { proxy_get_property, proxy_set_property } from "../env/imports";
import { Status } from "../env/enums";
import { answered, landIn, liftOff, RESULT_AT, RESULT_SIZE } from "../env/memory";
import { Writer } from "../bytes/writer";
import { given, givenText } from "./text";

/**
 * One of Envoy's attributes, or filter state of the filter's own, by its path. Make it once, at configure time; reading it
 * is one host call. Types are Envoy's: text and bytes as they are, numbers 8 bytes little endian, truth values one byte.
 */
@final
export class Property {
  private path: Writer = new Writer(64);

  constructor(segments: string[]) {
    for (let i = 0; i < segments.length; i++) {
      if (i > 0) this.path.u8(0);
      this.path.text(segments[i]);
    }
  }

  /** Appends the value to a writer; false if there is none. */
  read(into: Writer): bool {
    const before = into.length;
    landIn(into);
    const good = answered(proxy_get_property(this.path.base, this.path.length, RESULT_AT, RESULT_SIZE));
    liftOff();
    if (!good) into.length = before;
    return good;
  }

  /** Null if there is none; allocates. */
  text(): string | null { return this.take() ? givenText() : null; }

  /** A number, or the fallback if there is none. */
  number(fallback: i64 = 0): i64 { return this.take() && given.length == 8 ? load<i64>(given.base) : fallback; }

  /** False if there is none. */
  isTrue(): bool { return this.take() && given.length == 1 && load<u8>(given.base) != 0; }

  exists(): bool { return this.take(); }

  /**
   * Sets filter state of the stream: it is read back under this path, and by others as `wasm.PATH`. Envoy quirks: its
   * type and life are bytes and the filter chain's unless `declareProperty` said otherwise; a path of several segments is
   * set and not found again; a root has none (NotFound).
   */
  set(at: usize, length: i32): Status {
    return <Status>proxy_set_property(this.path.base, this.path.length, at, length);
  }

  setText(value: string): Status {
    given.reset();
    given.text(value);
    return this.set(given.base, given.length);
  }

  private take(): bool {
    given.reset();
    return this.read(given);
  }
}

/** An attribute by its name with dots, `connection.mtls`; for names that hold dots themselves use `new Property`. */
export function property(name: string): Property { return new Property(name.split(".")); }
