import { Codec } from "../../assembly/meta/codec";
import { registerCodec } from "../../assembly/meta/registry";
import { ToyCodec } from "./codec";

registerCodec("toy", (): Codec => new ToyCodec());
