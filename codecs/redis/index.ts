import { Codec } from "../../assembly/meta/codec";
import { registerCodec } from "../../assembly/meta/registry";
import { RedisCodec } from "./codec";

registerCodec("redis", (): Codec => new RedisCodec());

export * from "../../assembly/module";
