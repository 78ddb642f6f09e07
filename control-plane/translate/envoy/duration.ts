/** A protobuf duration: `1.5s`. */
export function seconds(ms: number): string { return `${ms / 1000}s`; }
