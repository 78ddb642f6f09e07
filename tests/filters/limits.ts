/** Workers of one Envoy on the emulator: VMs with one configuration that share data, and a stepped clock. */
import { Shared } from "../../harness/emulator/shared.ts";
import { type Client, type Config, World } from "../framework/world.ts";

export const localRateLimit = (config: Config): Config => ({ filters: [{ name: "localRateLimit", config }], service: "demo" });

/** One worker with one client, whose requests go to server `a` and want no answer. */
export class Worker {
  private id = 0;
  private arrived = 0;

  private constructor(readonly world: World, private readonly client: Client) {}

  static async start(config: Config, shared = new Shared()): Promise<Worker> {
    const world = await World.open(config, { shared });
    return new Worker(world, world.client());
  }

  static async several(count: number, config: Config): Promise<Worker[]> {
    const shared = new Shared();
    return Promise.all(Array.from({ length: count }, () => Worker.start(config, shared)));
  }

  /** Sends requests with these fields in one write; how many of them reached the server. */
  offer(count: number, fields = ""): number {
    let bytes = "";
    for (let i = 0; i < count; i++) bytes += `tell ${++this.id} 0 to=a${fields}\n`;
    this.client.send(bytes);
    // A lane that has grown old is followed by another.
    const all = this.client.lanes("a").reduce((sum, { received }) => sum + received.toString("latin1").split("tell ").length - 1, 0), fresh = all - this.arrived;
    this.arrived = all;
    return fresh;
  }

  forward(ms: number): void { this.world.emulator.advance(ms); }
}
