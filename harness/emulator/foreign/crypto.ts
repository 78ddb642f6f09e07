import { createPrivateKey, createPublicKey, type KeyObject, sign as signWith, verify } from "node:crypto";
import { Status } from "../abi.ts";
import type { Foreign } from "./types.ts";
import { readMessage, writeMessage } from "./protobuf.ts";

const HASHES = new Set(["sha1", "sha224", "sha256", "sha384", "sha512"]);
type Fields = Map<number, Buffer | number>;

const bytes = (fields: Fields, field: number): Buffer => Buffer.from(fields.get(field) as Buffer | undefined ?? "");

function key(make: () => KeyObject): KeyObject | null {
  try {
    return make();
  } catch {
    return null;
  }
}

/** VerifySignatureArguments {hash, public key in DER, signature, text, public key in PEM} to VerifySignatureResult {result, error}. */
export const verifySignature: Foreign = (_host, _context, argument) => {
  const fields = readMessage(argument);
  if (!fields) return Status.BadArgument;
  const hash = bytes(fields, 1).toString().toLowerCase(), der = bytes(fields, 2), pem = bytes(fields, 5);
  const publicKey = key(() => pem.length > 0 ? createPublicKey(pem) : createPublicKey({ key: der, format: "der", type: "spki" }));
  if (!publicKey) return writeMessage([[2, "Failed to initialize digest verify."]]);
  if (!HASHES.has(hash)) return writeMessage([[2, `${hash} is not supported.`]]);
  if (verify(hash, bytes(fields, 4), publicKey, bytes(fields, 3))) return writeMessage([[1, true]]);
  return writeMessage([[2, "Failed to verify digest. Error code: 0"]]);
};

/** SignArguments {hash, private key in DER, text, private key in PEM} to SignResult {result, signature, error}. */
export const sign: Foreign = (_host, _context, argument) => {
  const fields = readMessage(argument);
  if (!fields) return Status.BadArgument;
  const hash = bytes(fields, 1).toString().toLowerCase(), der = bytes(fields, 2), pem = bytes(fields, 4);
  const privateKey = key(() => pem.length > 0 ? createPrivateKey(pem) : createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
  if (!privateKey) return writeMessage([[3, "Invalid key type: private key required for signing operation."]]);
  if (!HASHES.has(hash)) return writeMessage([[3, `${hash} is not supported.`]]);
  return writeMessage([[1, true], [2, signWith(hash, bytes(fields, 3), privateKey)]]);
};
