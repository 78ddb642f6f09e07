import { createServer } from "node:net";
import { addressOf } from "../../control-plane/ir/address.ts";
import type { Bootstrap } from "../envoy/config.ts";
import { Trouble } from "../tools/progress.ts";

/** Where something is to listen; port 0: wherever it is free. */
export interface Place { address: string; port: number; whose: string }

const WHY: Record<string, string> = {
  EADDRINUSE: "another program listens there already: end it, or take another port",
  EADDRNOTAVAIL: "this machine has no such address: take one of its own, such as 127.0.0.1",
  EACCES: "this user may not listen there: take a port from 1024 on",
};

/** A Trouble if one of them cannot be listened on. Envoy would share a port with another Envoy, and go on without one that it cannot have. */
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
