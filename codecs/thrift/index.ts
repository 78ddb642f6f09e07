import { Codec } from "../../assembly/meta/codec";
import { registerCodec } from "../../assembly/meta/registry";
import { ThriftCodec } from "./codec";

registerCodec("thrift", (): Codec => new ThriftCodec());

export * from "../../assembly/module";
