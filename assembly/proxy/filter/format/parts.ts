import { Property } from "../../../host/property";

/** What a part of a format stands for. */
export enum Operator {
  /** Of the request: kept, if it is written later. */
  Request,
  Property,
  /** Of the reply. */
  Reply,
  /** Of the exchange, at any time. */
  Literal,
  RouteName,
  Cluster,
  UpstreamHost,
  StartTime,
  Duration,
  BytesReceived,
  BytesSent,
  ResponseFlags,
  ResponseCode,
  ResponseCodeDetails,
  Attempts,
}

/** How the bytes of a property are written. */
export enum PropertyType { Bytes, Number, Bool }

@final
export class Part {
  literal: StaticArray<u8> = new StaticArray<u8>(0);
  /** Keys of Request and Reply: the first that is there counts; -1: none. */
  slot: i32 = -1;
  otherSlot: i32 = -1;
  property: Property | null = null;
  propertyType: PropertyType = PropertyType.Bytes;
  /** Bytes that are written at most; the rest of a value is cut off. */
  limit: i32 = i32.MAX_VALUE;

  constructor(public operator: Operator) {}

  get isOfRequest(): bool { return this.operator == Operator.Request || this.operator == Operator.Property; }
}

/** Attributes of Envoy that are no text. */
const NUMBERS = [
  "connection.id", "source.port", "destination.port", "upstream.port", "upstream.request_attempt_count", "xds.listener_direction",
];
const BOOLS = ["connection.mtls"];

export function propertyType(name: string): PropertyType {
  return NUMBERS.includes(name) ? PropertyType.Number : BOOLS.includes(name) ? PropertyType.Bool : PropertyType.Bytes;
}
