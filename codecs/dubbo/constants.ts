/** Dubbo2 on the wire: apache/dubbo, ExchangeCodec.java, Request.java, Response.java, RpcException.java. */

export const MAGIC: i32 = 0xdabb;
/** Bytes before the body: magic 2, flags 1, status 1, id 8, length of the body 4. */
export const HEADER: i32 = 16;

export const REQUEST: i32 = 0x80;
export const TWO_WAY: i32 = 0x40;
export const EVENT: i32 = 0x20;
export const SERIALIZATION: i32 = 0x1f;

/** The serialization that this codec reads. */
export const HESSIAN2: i32 = 2;

/** A server's payload limit by default; what lies behind it cannot be read, only routed past. */
export const MAX_HEAD: i32 = (8 << 20) + (16 << 10);
export const MAX_FRAME: i32 = 1 << 30;
/** Bytes of a body that servers take by default: apache/dubbo, Constants.DEFAULT_PAYLOAD. */
export const PAYLOAD: i32 = 8 << 20;
/** Bytes of an event's body at most, as Java takes them (dubbo.deserialization.event.size): its null in any serialization. */
export const MAX_EVENT: i32 = 15;

/** Upper half of the ids that the codec gives to its own heartbeats; Java and Go count up from small numbers. */
export const BEAT: u64 = 0xbea7_0000_0000_0000;

export namespace Status {
  export const OK: i32 = 20;
  export const SERIALIZATION_ERROR: i32 = 25;
  export const CLIENT_TIMEOUT: i32 = 30;
  export const SERVER_TIMEOUT: i32 = 31;
  export const CHANNEL_INACTIVE: i32 = 35;
  export const BAD_REQUEST: i32 = 40;
  export const BAD_RESPONSE: i32 = 50;
  export const SERVICE_NOT_FOUND: i32 = 60;
  export const SERVICE_ERROR: i32 = 70;
  export const SERVER_ERROR: i32 = 80;
  export const CLIENT_ERROR: i32 = 90;
  export const THREADPOOL_EXHAUSTED: i32 = 100;
}

/** First value of the body of an answer with status OK; from 3 on, attachments follow the result. */
export namespace Result {
  export const EXCEPTION: i32 = 0;
  export const VALUE: i32 = 1;
  export const NULL: i32 = 2;
  export const EXCEPTION_WITH_ATTACHMENTS: i32 = 3;
  export const VALUE_WITH_ATTACHMENTS: i32 = 4;
  export const NULL_WITH_ATTACHMENTS: i32 = 5;
}

/** Codes of org.apache.dubbo.rpc.RpcException. */
export namespace RpcCode {
  export const FORBIDDEN: i32 = 4;
  export const LIMIT_EXCEEDED: i32 = 7;
}

/** Slots of the keys that requests always have, in the order of `Traits.requestKeys`. */
export namespace Key {
  export const INTERFACE: i32 = 0;
  export const VERSION: i32 = 1;
  export const GROUP: i32 = 2;
  export const METHOD: i32 = 3;
  export const PARAMETERS: i32 = 4;
  export const SERIALIZATION: i32 = 5;
  export const PROTOCOL: i32 = 6;
}

export const REQUEST_KEYS: string[] = [
  "interface", "version", "group", "method", "parameters", "serialization", "protocol", "*",
];

/** Slots of the keys of replies. */
export namespace ReplyKey {
  export const STATUS: i32 = 0;
  export const SERIALIZATION: i32 = 1;
}

export const RESPONSE_KEYS: string[] = ["status", "serialization", "*"];

/** How a rule spells an attachment whose name is also that of a fixed key. */
export const ATTACHMENT_PREFIX: string = "attachment.";
