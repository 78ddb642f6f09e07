/** The module: {{name}} under its name, and the framework with all of its filters. */
import { Codec, registerCodec } from "meltemi/assembly";
import { MyCodec } from "./codec";

registerCodec("{{name}}", (): Codec => new MyCodec());

export * from "meltemi/assembly/module";
