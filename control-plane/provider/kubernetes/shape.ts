import { fieldsOf } from "../foreign.ts";
import type { KubernetesObject } from "./client.ts";

const MAX_DEPTH = 64, MAX_VALUES = 200_000;

/** What is wrong with something that should be an object of Kubernetes': nobody can read it further. Undefined: it is one. */
export function misshapen(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "is no object";
  const { kind, apiVersion, metadata } = value as Record<string, unknown>;
  if (typeof metadata !== "object" || metadata === null) return "has no metadata";
  const { name, namespace, labels, annotations, resourceVersion } = metadata as Record<string, unknown>;
  if (typeof name !== "string" || name === "") return "has no name";
  for (const [what, text] of Object.entries({ kind, apiVersion, namespace, resourceVersion })) if (text !== undefined && typeof text !== "string") return `has a ${what} that is not a text`;
  for (const [what, texts] of Object.entries({ labels, annotations })) {
    if (texts !== undefined && (typeof texts !== "object" || Object.values(fieldsOf(texts)).some((text) => typeof text !== "string"))) return `has ${what} that are not texts`;
  }
  return excess(value);
}

function excess(value: object): string | undefined {
  let level: object[] = [value], values = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= MAX_DEPTH) return `has objects nested more than ${MAX_DEPTH} deep`;
    level = level.flatMap((each) => {
      const inner = Object.values(each) as unknown[];
      values += inner.length;
      return inner.filter((one): one is object => typeof one === "object" && one !== null);
    });
    if (values > MAX_VALUES) return `has more than ${MAX_VALUES} values`;
  }
  return undefined;
}

/** `namespace/name`, also of something that is not an object, as far as it says so. */
export function calledAs(value: unknown): string {
  const { name, namespace } = fieldsOf(fieldsOf(value).metadata);
  return [namespace ?? "", name].map((part) => (typeof part === "string" ? part.slice(0, 253) : "?")).join("/");
}

/** Runs `read` on each; those at which it fails are told to `skip`. */
export function each<T>(objects: readonly KubernetesObject[], skip: (object: KubernetesObject, reason: string) => void, read: (object: KubernetesObject) => T[]): T[] {
  return objects.flatMap((object) => {
    try {
      return read(object);
    } catch (error) {
      skip(object, `cannot be read (${(error as Error).name})`);
      return [];
    }
  });
}
