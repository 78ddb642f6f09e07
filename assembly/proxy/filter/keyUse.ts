/** What a filter, or the routes, ask of metadata at configure time: kept with it, so that it can serve in further versions. */
@final
export class KeyUse {
  /** By direction: slots that are read. */
  slots: Array<Array<i32>> = [[], []];
  /** Slots that a filter fills itself. */
  own: i32[] = [];
  /** Slots that are read, and that a filter must fill; and where they are asked for. */
  told: i32[] = [];
  toldAt: string[] = [];
  /** Facts of connections, and the slots that they go to. */
  facts: i32[] = [];
  factSlots: i32[] = [];
  /** An exact clock. */
  timed: bool = false;
}
