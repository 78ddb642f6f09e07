import { createServer } from "node:net";
import { addressOf } from "../../control-plane/ir/address.ts";
import type { Bootstrap } from "../envoy/config.ts";
import { Trouble } from "../tools/progress.ts";

/** A listen address; port 0: any free port. */
export interface Place { address: string; port: number; whose: string }

const WHY: Record<string, string> = {
  EADDRINUSE: "another program already listens there: stop it, or choose another port",
  EADDRNOTAVAIL: "this machine has no such address: choose one that it has, such as 127.0.0.1",
  EACCES: "no permission to listen there: choose a port from 1024 on",
};

/** Throws a Trouble if one of them cannot be used. Envoy itself would share a port with another Envoy, and continue without a port that it cannot bind. */
export async function checkPlaces(places: readonly Place[]): Promise<void> {
  for (const place of places) {
    const code = await refusal(place);
    if (code !== undefined) throw new Trouble(`${addressOf(place)} (${place.whose}): ${WHY[code] ?? code}`);
  }
}

function refusal({ address, port }: Place): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer().once("error", ({ code, message }: NodeJS.ErrnoException) => resolve(code ?? message));
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Of a bootstrap: its listeners with an IP address, and its admin interface. */
export function placesOf(bootstrap: Bootstrap): Place[] {
  type Listener = { name?: string; address?: { socket_address?: { protocol?: string; address?: string; port_value?: number } } };
  const { static_resources, admin } = bootstrap as { static_resources?: { listeners?: Listener[] }; admin?: Listener };
  return [...static_resources?.listeners ?? [], { ...admin, name: "admin" }].flatMap(({ name, address }) => {
    const socket = address?.socket_address;
    return socket?.address === undefined || socket.protocol === "UDP" ? [] : [{ address: socket.address, port: socket.port_value ?? 0, whose: name ?? "a listener" }];
  });
}
