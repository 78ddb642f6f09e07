import type { EnvoyHandle } from "../../harness/envoy/envoy.ts";

export interface Sample { name: string; labels: Record<string, string>; value: number }

/** What Prometheus would read of Envoy, metrics whose name begins so. */
export async function prometheus(envoy: EnvoyHandle, start: string): Promise<Sample[]> {
  const text = await envoy.get("/stats/prometheus");
  return text.split("\n").filter((line) => line.startsWith(start)).map((line) => {
    const [, name, labels, value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line)!;
    return { name: name!, labels: Object.fromEntries([...(labels ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, shown]) => [label!, shown!])), value: Number(value) };
  });
}

/** The sum of a metric by the values of some labels, joined with spaces. */
export function sums(samples: Sample[], name: string, ...by: string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const sample of samples.filter((each) => each.name === name)) {
    const key = by.map((label) => sample.labels[label] ?? "?").join(" ");
    found[key] = (found[key] ?? 0) + sample.value;
  }
  return found;
}
