/** A resource of Envoy's as JSON. */
export type Json = Record<string, unknown>;
