import { create, createFileRegistry, type DescMessage, fromBinary, fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** Messages of Envoy's API, and its JSON form, from a FileDescriptorSet. */
export class EnvoyApi {
  private readonly registry;

  constructor(descriptors: Uint8Array) {
    this.registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
  }

  /** Protobuf's canonical JSON, field names as in the .proto files, to bytes. Throws an Error that names message and field. */
  encode(message: string, json: object): Uint8Array {
    const schema = this.message(message);
    return toBinary(schema, fromJson(schema, json as JsonValue, { registry: this.registry }));
  }

  /** `T` describes the message as protobuf-es gives it: camelCase names, all fields there. */
  decode<T>(message: string, bytes: Uint8Array): T { return fromBinary(this.message(message), bytes) as unknown as T; }

  /** Fields that are absent have their defaults. */
  write(message: string, fields: object): Uint8Array {
    const schema = this.message(message);
    return toBinary(schema, create(schema, fields as never));
  }

  private message(name: string): DescMessage {
    const schema = this.registry.getMessage(name);
    if (schema === undefined) throw new Error(`${name}: the descriptors have no such message`);
    return schema;
  }
}

/** `meltemi.v1.RouteConfiguration`. */
export function encodeTable(name: string, configuration: string): Uint8Array {
  return new BinaryWriter().tag(1, 2).string(name).tag(2, 2).string(configuration).finish();
}
