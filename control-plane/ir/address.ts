import { isIPv6 } from "node:net";
import type { Endpoint } from "./ir.ts";

/** `<address>:<port>`, as the filter calls an endpoint. */
export function addressOf({ address, port }: Pick<Endpoint, "address" | "port">): string { return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`; }
