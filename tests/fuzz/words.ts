/** What clients and servers of each protocol say: the vectors of its room, and for the toy protocol sentences with all that it knows. */
import { join } from "node:path";
import { ROOT } from "../../harness/tools/paths.ts";
import { damage, type Random } from "../contract/damage.ts";
import { bytesOf, isBad, type Vector, vectorsOf } from "../contract/vectors.ts";

export type Direction = "request" | "response";

const FOLDERS = { toy: "tests/toy", awesomerpc: "examples/awesomerpc", dubbo: "codecs/dubbo", redis: "codecs/redis", thrift: "codecs/thrift" };
const VECTORS = new Map(await Promise.all(Object.entries(FOLDERS).map(async ([codec, folder]) => [codec, await vectorsOf(join(ROOT, folder))] as const)));
const VERBS: Record<Direction, string[]> = {
  request: ["call", "call", "call", "call", "call", "maybe", "tell", "setup", "local", "ping", "pong", "part", "end", "cancel", "tls"],
  response: ["ok", "ok", "ok", "ok", "more", "fail", "error", "push", "ping", "pong", "welcome", "extra", "bye"],
};
const FIELDS = ["pin=1", "pin=2", "pin=0", "vital=1", "together=1", "anywhere=1", "note=n", "unpin=1", "safe=1", "wait=50", "code=3", "replies=2", "fixed=1", "offer=x", "user=?", "user=ann", "slow=1", "slow=1", "mark=m", "ends=1"];

/** One peer's words, so that servers can answer what was asked. */
export class Words {
  private readonly vectors: readonly Vector[];
  private readonly asked: string[] = [];
  private id = 0;

  /** `denies`: nothing may reach a server. What one begins by itself may be answered: the toy's servers then begin nothing. */
  constructor(readonly codec: string, private readonly denies: boolean, private readonly random: Random) {
    const vectors = VECTORS.get(codec);
    if (!vectors) throw new Error(`no vectors of ${codec} are known`);
    this.vectors = vectors;
  }

  /** Some messages in a row, now and then damaged. */
  say(direction: Direction): Buffer {
    const { random } = this, whole = random.below(3) > 0;
    const said = Buffer.concat(Array.from({ length: 1 + random.below(5) }, () => {
      const bytes = this.message(random.below(30) === 0 ? (direction === "request" ? "response" : "request") : direction);
      return whole || random.below(3) > 0 ? bytes : damage(bytes, this.vectors, random);
    }));
    return this.codec === "toy" && this.denies && direction === "response" ? Buffer.from(said.toString("latin1").replaceAll("pin=", "pen="), "latin1") : said;
  }

  private message(direction: Direction): Buffer { return this.codec === "toy" && this.random.below(8) > 0 ? this.sentence(direction) : this.vector(direction); }

  private vector(direction: Direction): Buffer {
    const { random } = this, all = this.vectors.filter((vector) => vector.direction === direction);
    const answers = direction === "response" ? all.filter((vector) => !isBad(vector) && this.asked.includes(vector.answers ?? "")) : [];
    const vector = random.pick(answers.length > 0 && random.below(4) > 0 ? answers : all);
    if (direction === "request") this.asked.push(vector.name);
    if (this.asked.length > 20) this.asked.shift();
    return bytesOf(vector);
  }

  private sentence(direction: Direction): Buffer {
    const { random } = this, verb = random.pick(VERBS[direction]), id = direction === "request" ? ++this.id : Math.max(0, this.id - random.below(5));
    const fields = Array.from({ length: random.below(3) }, () => ` ${random.pick(FIELDS)}`).join("");
    const body = "x".repeat(random.below(5) === 0 ? random.below(random.pick([100, 3000, 70_000])) : random.below(10));
    const length = random.below(15) === 0 ? "*" : String(body.length), end = length === "*" ? "\n.\n" : "";
    return Buffer.from(`${verb} ${id} ${length} to=${random.pick(["a", "b", "c", "d"])}${fields}\n${body}${end}`);
  }
}
