import { Problems } from "../../bytes/problems";
import { Codec } from "../../codec/codec";
import { Direction } from "../../codec/enums";
import { Edit } from "../../codec/mutation";

/** What filters ask of the framework at configure time. A key that the codec does not have becomes a problem at its path. */
export abstract class KeyResolver {
  /** service: the name of the service, for metrics and logs. */
  constructor(public codec: Codec, public service: string) {}
  /** Slot of a request key that will be read; -1 after a problem. */
  abstract request(path: string, name: string, problems: Problems): i32;
  /** Slot of a reply key that will be read; -1 after a problem. */
  abstract response(path: string, name: string, problems: Problems): i32;
  /** Slot of a request key that the filter itself supplies with `Exchange.tell`, for all that follow it; -1: no room. */
  abstract own(name: string): i32;
  /** An edit that sets a key; null after a problem: the codec cannot change it. */
  abstract edit(path: string, name: string, direction: Direction, problems: Problems): Edit | null;
  /** `nowNs` and `Exchange.startedAt` shall be exact: a host call for each callback. */
  abstract timed(): void;
}
