import { Codec, registerCodec } from "../../assembly/codec/index";
import { RedisCodec } from "./codec";

registerCodec("redis", (): Codec => new RedisCodec());

export * from "../../assembly/module";
