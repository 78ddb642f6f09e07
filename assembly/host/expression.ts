import { callForeign } from "./foreign";
import { Writer } from "../bytes/writer";
import { given } from "./text";

const word: usize = memory.data(4, 4);

/**
 * An expression in CEL (cel.dev) over Envoy's attributes, `request.path.startsWith("/x")`. Make it at configure time and
 * `free` it. Envoy quirk: it is there only if Envoy was built with its CEL parser, as the released ones are.
 */
@final
export class Expression {
  private token: u32 = 0;
  private good: bool = false;

  constructor(source: string) {
    const text = String.UTF8.encode(source);
    given.reset();
    if (callForeign("expr_create", changetype<usize>(text), text.byteLength, given) && given.length == 4) {
      this.token = load<u32>(given.base);
      this.good = true;
    }
  }

  /** False: the host did not take the source. */
  get isValid(): bool { return this.good; }

  /** Appends the value to a writer, encoded as `Property` is; false if it has none. */
  evaluate(into: Writer): bool {
    store<u32>(word, this.token);
    return this.good && callForeign("expr_evaluate", word, 4, into);
  }

  isTrue(): bool {
    given.reset();
    return this.evaluate(given) && given.length == 1 && load<u8>(given.base) != 0;
  }

  free(): void {
    store<u32>(word, this.token);
    if (this.good) callForeign("expr_delete", word, 4);
    this.good = false;
  }
}
