/** Makes cases: the same number makes the same case. */
import { Random } from "../contract/damage.ts";
import type { Case, LaneEvent, Step } from "./case.ts";
import { CODECS, randomConfig, type Upstream } from "./config.ts";
import { Words } from "./words.ts";

const MOST_STEPS = 60, ATTACKERS = 3;
/** In turn: a few objects rest in their pools, none ever comes back, the last is used again at once. */
const REST = [64, 1 << 20, 0];
const EVENTS: LaneEvent[] = ["accept", "accept", "end", "abort", "refuse", "overflow", "unknown", "flood", "stop", "resume"];
const ANSWERS: [string, string][][] = [[[":status", "200"], ["x-role", "admin"]], [[":status", "403"]], [[":status", "200"]], [[":status", "503"]], []];
const BODIES = ["", "{\"keys\":[]}", "{", "[".repeat(3000), "x".repeat(5000)];
/** RateLimitResponse with overall_code OK, with OVER_LIMIT, and one that is cut. */
const DECISIONS = ["0801", "0802", "08"];

/** Which codecs: all, or one. */
export function makeCase(seed: number, codecs: readonly string[] = CODECS): Case {
  const random = new Random(seed), codec = random.pick(codecs), denies = random.below(6) === 0;
  // awesomerpc knows lanes only
  const upstream: Upstream = codec !== "awesomerpc" && random.below(3) === 0 ? "inline" : "lanes";
  const config = randomConfig(codec, upstream, denies, random), maker = new Maker(codec, upstream, denies, random);
  const steps = Array.from({ length: 10 + random.below(MOST_STEPS) }, () => maker.step());
  return { codec, upstream, denies, config, ...(random.below(8) === 0 ? { pages: random.below(10) } : {}), rest: REST[seed % REST.length]!, steps };
}

class Maker {
  private readonly words: Words[];

  constructor(private readonly codec: string, private readonly upstream: Upstream, private readonly denies: boolean, private readonly random: Random) {
    this.words = Array.from({ length: ATTACKERS }, () => new Words(codec, denies, random));
  }

  step(): Step {
    const { random } = this, on = random.below(ATTACKERS), kind = random.below(100);
    if (kind < 35) return this.client(on);
    if (kind < 60) return { do: "server", on, lane: random.below(4), hex: this.words[on]!.say("response").toString("hex"), cuts: this.cuts() };
    if (kind < 70) return { do: "lane", on, lane: random.below(4), what: random.pick(EVENTS) };
    if (kind < 82) return { do: "tick", ms: random.pick([1, 10, 30, 100, 300, 1000, 3000]) };
    if (kind < 84) return { do: "drain", on };
    if (kind < 85) return { do: "close", on };
    if (kind < 89) return { do: "http", headers: random.pick(ANSWERS), body: random.pick(BODIES) };
    if (kind < 92) return { do: "grpc", hex: random.pick(DECISIONS), code: random.pick([0, 0, 4, 14]) };
    if (kind < 94) return { do: "update", config: randomConfig(this.codec, this.upstream, this.denies, random) };
    return { do: kind < 97 ? "ask" : "answer" };
  }

  private client(on: number): Step {
    const { random } = this, step: Step = { do: "client", on, hex: this.words[on]!.say("request").toString("hex"), cuts: this.cuts() };
    return random.below(30) === 0 ? { ...step, end: true } : step;
  }

  /** Mostly one write, sometimes small pieces. */
  private cuts(): number[] {
    const { random } = this;
    return random.below(3) > 0 ? [] : Array.from({ length: 1 + random.below(4) }, () => 1 + random.below(random.pick([4, 60, 2000])));
  }
}
