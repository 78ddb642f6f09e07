import { createHash, generateKeyPairSync, sign } from "node:crypto";
import type { Case, Step } from "../case.ts";
import { exchange } from "./world.ts";

const hex = (bytes: Uint8Array): string => `hex:${Buffer.from(bytes).toString("hex")}`;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }), ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const TEXT = "signed text";
const der = (key: { export(options: object): unknown }, type: "spki" | "pkcs8"): string => hex(key.export({ format: "der", type }) as Uint8Array);

function verifying(key: typeof rsa | typeof ec, hash: string): Step {
  return ["verifySignature", hash, der(key.publicKey, "spki"), hex(sign(hash, Buffer.from(TEXT), key.privateKey)), TEXT];
}

/** Foreign functions without a state: compression, signatures, expressions. */
export const foreign: Case[] = [
  {
    name: "compression", kind: "network",
    on: { downstream_data: [["compress", "text text text text"], ["compress", ""], ["callForeign", "uncompress", "not deflated"], ["callForeign", "uncompress", ""], ["callForeign", "none", "x"], ["callForeign", "", ""]] },
    drive: exchange,
  },
  {
    name: "signatures", kind: "network",
    on: {
      downstream_data: [
        verifying(rsa, "sha256"), verifying(rsa, "sha1"), verifying(ec, "sha256"), verifying(ec, "sha512"),
        ["verifySignature", "sha256", der(rsa.publicKey, "spki"), hex(sign("sha256", Buffer.from(TEXT), rsa.privateKey)), "other text"],
        ["verifySignature", "md4", der(rsa.publicKey, "spki"), hex(createHash("sha1").digest()), TEXT],
        ["verifySignature", "sha256", "hex:00", "hex:00", TEXT], ["callForeign", "verify_signature", "hex:ff"],
      ],
    },
    drive: exchange,
  },
  {
    name: "signing", kind: "network",
    on: { downstream_data: [["sign", "sha256", der(rsa.privateKey, "pkcs8"), TEXT, der(rsa.publicKey, "spki")], ["sign", "sha1", der(rsa.privateKey, "pkcs8"), "", der(rsa.publicKey, "spki")], ["sign", "md4", der(rsa.privateKey, "pkcs8"), TEXT], ["sign", "sha256", "hex:00", TEXT], ["callForeign", "sign", "hex:ff"]] },
    drive: exchange,
  },
  {
    name: "expressions", kind: "http",
    on: { request_headers: [["expression", "request.path"], ["expression", "request.method == 'GET'"], ["expression", "1 +"], ["expression", "request.none"], ["callForeign", "expr_evaluate", "hex:63000000"], ["callForeign", "expr_evaluate", "x"], ["callForeign", "expr_delete", "x"]] },
    drive: peer => peer.request({ path: "/expression" }),
  },
];
