import { Codec, registerCodec } from "../../assembly/codec/index";
import { DubboCodec } from "./codec";

registerCodec("dubbo", (): Codec => new DubboCodec());

export * from "../../assembly/module";
