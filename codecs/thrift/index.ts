import { Codec, registerCodec } from "../../assembly/codec/index";
import { ThriftCodec } from "./codec";

registerCodec("thrift", (): Codec => new ThriftCodec());

export * from "../../assembly/module";
