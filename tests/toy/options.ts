import { Json } from "../../assembly/bytes/json";
import { Problems } from "../../assembly/bytes/problems";
import { Order, Traits } from "../../assembly/codec/index";

const ORDERS = ["free", "replies", "strict"];

/** What a test chooses of the protocol. */
@final
export class ToyOptions {
  order: Order = Order.Free;
  /** False: all keys are 0, replies are told apart by their order alone. */
  ids: bool = true;
  /** A new lane starts with hello and welcome. */
  greet: bool = false;
  beat: bool = true;
  carrier: bool = true;
  goodbye: bool = false;
  /** Errors to requests that were given up tell whether the codec was shown them as they were read. */
  shown: bool = false;
}

/** {"order": "free|replies|strict", "ids": bool, "greet": bool, "beat": bool, "carrier": bool, "goodbye": bool, "shown": bool, "maxHead": bytes} */
export function readOptions(json: Json, problems: Problems, options: ToyOptions, traits: Traits): void {
  problems.unknownFields(json, ["order", "ids", "greet", "beat", "carrier", "goodbye", "shown", "maxHead"]);
  options.order = <Order>ORDERS.indexOf(problems.oneOf(json, "order", ORDERS, "free"));
  options.ids = problems.bool(json, "ids", true);
  options.greet = problems.bool(json, "greet");
  options.beat = problems.bool(json, "beat", true);
  options.carrier = problems.bool(json, "carrier", true);
  options.goodbye = problems.bool(json, "goodbye");
  options.shown = problems.bool(json, "shown");
  traits.order = options.order;
  traits.maxHead = <i32>problems.int(json, "maxHead", traits.maxHead, 1, i32.MAX_VALUE);
}
