import { Order } from "./enums";

/** What the control plane and the framework must know of a protocol; `build` writes it beside the .wasm. */
export class Traits {
  /** The server speaks first: only inline, routed by listener. */
  serverFirst: bool = false;
  order: Order = Order.Free;
  lanes: bool = true;
  inline: bool = true;
  /** Bytes of a head at most; a head that wants more is refused. */
  maxHead: i32 = 64 << 10;
  /** Bytes of a frame at most. */
  maxFrame: i32 = i32.MAX_VALUE;
  /**
   * Keys that requests supply, in slot order. A last name "*" says that any other name may be asked for as well
   * (headers, attachments): such names get slots of their own at configure time, spelled in `Codec.names`.
   */
  requestKeys: string[] = [];
  responseKeys: string[] = [];
  /** Beginnings of names that "*" does not stand for, such as `args.`: of those only what the options bring is there. */
  reserved: string[] = [];
  /** The one of requestKeys that names the service: it tells services apart that share a port; empty: no key does. */
  serviceKey: string = "";
  /** Keys that a mutation may change, with "*" for all names that are not in requestKeys (responseKeys). */
  settableRequest: string[] = [];
  settableResponse: string[] = [];
  /** For people: what a message must be for its keys to be changed, where not all messages are. */
  settableIn: string = "";
}
