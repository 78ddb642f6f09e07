import type { Case } from "../case.ts";

const REQUEST = 0, RESPONSE = 2;

/** METADATA frames of HTTP/2: Envoy tells of them, but has no map in which they could be read. */
export const metadata: Case[] = [
  {
    name: "metadata", kind: "http", metadata: true,
    on: { request_metadata: [["headers", REQUEST]], response_metadata: [["headers", RESPONSE]] },
    drive: peer => peer.request({ metadata: [["sent", "1"], ["also", "2"]] }),
  },
];
