import { Codec } from "../../assembly/meta/codec";
import { registerCodec } from "../../assembly/meta/registry";
import { DubboCodec } from "./codec";

registerCodec("dubbo", (): Codec => new DubboCodec());

export * from "../../assembly/module";
