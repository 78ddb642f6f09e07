import { JsonWriter } from "../../bytes/jsonWriter";
import { Writer } from "../../bytes/writer";
import { codecNames, createCodec } from "../../codec/registry";
import { orderName } from "./lines";

/** Writes the traits of all codecs of this module as JSON: {"codecs": [...]}. */
export function describe(out: Writer): void {
  const json = new JsonWriter(out), names = codecNames();
  json.beginObject();
  json.name("codecs");
  json.beginArray();
  for (let i = 0; i < names.length; i++) one(json, names[i]);
  json.endArray();
  json.endObject();
}

function one(json: JsonWriter, name: string): void {
  const codec = createCodec(name);
  if (codec === null) return;
  const traits = codec.traits;
  json.beginObject();
  json.name("name");
  json.text(name);
  flag(json, "serverFirst", traits.serverFirst);
  json.name("order");
  json.text(orderName(traits.order));
  flag(json, "lanes", traits.lanes);
  flag(json, "inline", traits.inline);
  json.name("maxHead");
  json.int(traits.maxHead);
  json.name("maxFrame");
  json.int(traits.maxFrame);
  list(json, "requestKeys", traits.requestKeys);
  json.name("serviceKey");
  json.text(traits.serviceKey);
  list(json, "responseKeys", traits.responseKeys);
  list(json, "settableRequest", traits.settableRequest);
  list(json, "settableResponse", traits.settableResponse);
  list(json, "reserved", traits.reserved);
  json.endObject();
}

function flag(json: JsonWriter, name: string, value: bool): void {
  json.name(name);
  json.bool(value);
}

function list(json: JsonWriter, name: string, values: string[]): void {
  json.name(name);
  json.beginArray();
  for (let i = 0; i < values.length; i++) json.text(values[i]);
  json.endArray();
}
