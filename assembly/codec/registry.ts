import { Codec } from "./codec";

/** Makes a codec for one plugin configuration: codecs keep their slots and options, so each gets its own. */
export type CodecFactory = () => Codec;

const names: string[] = [];
const factories: CodecFactory[] = [];

/** Makes a codec known under the name that configurations use; called from the top level of its `index.ts`. */
export function registerCodec(name: string, factory: CodecFactory): void {
  names.push(name);
  factories.push(factory);
}

/** A new codec, or null if the module has none of that name. */
export function createCodec(name: string): Codec | null {
  const at = names.indexOf(name);
  return at < 0 ? null : factories[at]();
}

/** The names of all codecs of this module. */
export function codecNames(): string[] { return names; }
