import { Codec, registerCodec } from "../../assembly/codec/index";
import { ToyCodec } from "./codec";

registerCodec("toy", (): Codec => new ToyCodec());
