/** A control plane in the emulator: what a listener asks it for, and what it answers. */
import { readMessage, writeMessage } from "../../harness/emulator/foreign/protobuf.ts";
import type { GrpcCall } from "../../harness/emulator/index.ts";
import { type Config, route, World } from "./world.ts";

const TYPE = "type.googleapis.com/meltemi.v1.RouteConfiguration";
const HEALTH = "type.googleapis.com/meltemi.v1.EndpointHealth";
export const RDS = { cluster: "xds", resource: "the listener" };

/** What a DiscoveryRequest says. */
export interface Asked { version: string; node: string; resource: string; type: string; nonce: string; refusal: string }

export class Server {
  private nonce = 0;
  constructor(readonly world: World) {}

  /** A listener that has no routes yet. */
  static async open(config: Config = {}): Promise<Server> { return new Server(await World.open({ routes: undefined, rds: RDS, ...config })); }

  get streams(): GrpcCall[] { return this.world.emulator.calls.grpc; }
  get stream(): GrpcCall { return this.streams.at(-1)!; }

  /** What was asked last. */
  get asked(): Asked {
    const fields = readMessage(this.stream.sent.at(-1)!)!, text = (field: number): string => (fields.get(field) ?? "").toString();
    const inner = (field: number, at: number): string => (readMessage(Buffer.from(fields.get(field) as Buffer | undefined ?? ""))!.get(at) ?? "").toString();
    return { version: text(1), node: inner(2, 1), resource: text(3), type: text(4), nonce: text(5), refusal: inner(6, 2) };
  }

  /** Gives a configuration, as `World.open` has it; what was said to it. */
  give(version: string, config: Config = {}, name = RDS.resource): Asked {
    const full = { codec: "toy", routes: ["a", "b", "c"].map((to) => route(to)), rds: RDS, ...config };
    return this.send(version, writeMessage([[1, name], [2, JSON.stringify(full)]]));
  }

  /** Services that are asked for. */
  get names(): string[] {
    const names: string[] = [], bytes = this.stream.sent.at(-1)!;
    // a field that comes again and again, which the reader of messages keeps the last of
    for (let at = bytes.indexOf(`${RDS.resource}?`); at >= 0; at = bytes.indexOf(`${RDS.resource}?`, at + 1)) names.push(bytes.subarray(at, at + bytes[at - 1]!).toString().slice(RDS.resource.length + 1));
    return names;
  }

  /** What was told of endpoints, message by message: those that are out, `<cluster>|<address>`. */
  get told(): string[][] {
    return this.stream.sent.filter((bytes) => (readMessage(bytes)!.get(4) ?? "").toString() === HEALTH).map((bytes) => {
      const names: string[] = [];
      for (let at = 0; bytes[at] === (3 << 3 | 2); at += 2 + bytes[at + 1]!) names.push(bytes.subarray(at + 2, at + 2 + bytes[at + 1]!).toString());
      return names;
    });
  }

  send(version: string, resource: Buffer, type = TYPE): Asked {
    const any = writeMessage([[1, type], [2, resource]]);
    this.world.emulator.calls.receiveGrpc(this.stream, writeMessage([[1, version], [2, any], [4, type], [5, `n${++this.nonce}`]]));
    this.world.emulator.drainQueues();
    return this.asked;
  }
}
