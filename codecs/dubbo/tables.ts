import { utf8Bytes } from "../../assembly/bytes/utf8";

/** Names of serialization ids (dubbo-java 3.2.16, Constants); others show as numbers. */
const NAMES: Map<i32, string> = new Map<i32, string>()
  .set(2, "hessian2").set(3, "java").set(4, "compactedjava").set(6, "fastjson").set(7, "nativejava").set(8, "kryo")
  .set(9, "fst").set(10, "native-hessian").set(11, "avro").set(12, "protostuff").set(16, "gson").set(21, "protobuf-json")
  .set(22, "protobuf").set(23, "fastjson2").set(25, "kryo2");

const serializations: StaticArray<StaticArray<u8>> = texts(32, true);
const statuses: StaticArray<StaticArray<u8>> = texts(256, false);

function texts(count: i32, named: bool): StaticArray<StaticArray<u8>> {
  const texts = new StaticArray<StaticArray<u8>>(count);
  for (let i = 0; i < count; i++) texts[i] = utf8Bytes(named && NAMES.has(i) ? NAMES.get(i) : i.toString());
  return texts;
}

/** The text of a serialization id of 0..31. */
export function serializationName(id: i32): StaticArray<u8> { return serializations[id & 31]; }

/** The decimal text of a status of 0..255. */
export function statusText(status: i32): StaticArray<u8> { return statuses[status & 255]; }
