import { Codec, registerCodec } from "../../assembly/index";
import { AwesomeCodec } from "./codec";

registerCodec("awesomerpc", (): Codec => new AwesomeCodec());

export * from "../../assembly/module";
