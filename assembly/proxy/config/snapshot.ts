import { Problems } from "../../bytes/problems";
import { Exchange } from "../exchange/exchange";
import { ConfigVersion } from "../exchange/rulesVersion";
import { KeyUse } from "../filter/keyUse";
import { Direction } from "../../codec/enums";
import { Codec } from "../../codec/codec";
import { ConnectionAttributes } from "../filter/connectionAttributes";
import { FilterChain } from "../filter/chain";
import { RouteTable } from "../route/table";

/** What a request goes by. Every version is of this class. */
export function snapshotOf(x: Exchange): ConfigSnapshot { return changetype<ConfigSnapshot>(x.rules); }

/**
 * One version of what is to happen to requests: routes, filters, and what they read. A request goes by the version that was in
 * force when it came, to its end.
 */
@final
export class ConfigSnapshot extends ConfigVersion {
  routes: RouteTable = new RouteTable();
  filters: FilterChain = new FilterChain();
  /** What metadata tells beside what the codec reads. */
  facts: ConnectionAttributes = new ConnectionAttributes();
  /** Filters ask for an exact clock. */
  timed: bool = false;
  /** Some route gives answers only so much time. */
  hasTimeouts: bool = false;
  /** Slot of the key that names services to be asked for; -1: none are. */
  demandSlot: i32 = -1;
  /** Of those: what the control plane does not have. */
  absent: string[] = [];
  /** Milliseconds between ticks. */
  tickMs: i32 = 1000;
  /** By direction: slots that are read. */
  private slots: Array<Array<i32>> = [[], []];
  private told: i32[] = [];
  private toldAt: string[] = [];

  /** Something may take so many milliseconds, and is given up then. */
  expires(ms: i32): void {
    this.hasTimeouts = true;
    this.tickMs = min(this.tickMs, max(10, ms >> 3));
  }

  /** What a filter, or the routes, have asked for. */
  take(asked: KeyUse): void {
    for (let i = 0; i < asked.facts.length; i++) this.facts.ask(asked.facts[i], asked.factSlots[i]);
    for (let i = 0; i < asked.own.length; i++) this.facts.keep(asked.own[i]);
    for (let d = 0; d < 2; d++) for (let i = 0; i < asked.slots[d].length; i++) this.slots[d].push(asked.slots[d][i]);
    this.told = this.told.concat(asked.told);
    this.toldAt = this.toldAt.concat(asked.toldAt);
    this.timed = this.timed || asked.timed;
  }

  /** Once all have asked: what only filters may tell must be told by one, or messages could claim it. */
  check(codec: Codec, problems: Problems): void {
    for (let i = 0; i < this.told.length; i++) {
      const slot = this.told[i];
      if (!this.facts.isOwn(slot)) problems.report(this.toldAt[i], 'found "' + codec.names[Direction.Request][slot] + '", which no filter sets');
    }
  }

  /** Marks the slots that the codec must fill. */
  want(direction: Direction, wanted: StaticArray<u8>): void {
    const slots = this.slots[direction], request = direction == Direction.Request;
    for (let i = 0; i < slots.length; i++) if (!request || !this.facts.isOwn(slots[i])) wanted[slots[i]] = 1;
  }
}

/** By slot: what any of these versions wants of messages in one direction. */
export function wantedBy(all: ConfigSnapshot[], codec: Codec, direction: Direction): StaticArray<u8> {
  const wanted = new StaticArray<u8>(codec.names[direction].length);
  for (let i = 0; i < all.length; i++) all[i].want(direction, wanted);
  return wanted;
}
