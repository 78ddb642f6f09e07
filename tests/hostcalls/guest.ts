/** The module of the cases, and what it says. */
import { buildGuest } from "../../harness/build/all.ts";
import type { Case } from "./case.ts";

/** Builds it; the path of the file. */
export const buildCases = (): Promise<string> => buildGuest("tests/guests/hostcalls.ts");

export const configuration = ({ name, on }: Case): string => JSON.stringify({ case: name, on });

/** The line of a case in a text on the log; none if it is another's. */
export function said(name: string, text: string): string[] {
  return text.startsWith(`#${name} `) ? [text.slice(name.length + 2)] : [];
}

/** Attributes of a case that come from Envoy's configuration. */
export const attributes = ({ name, ownVm }: Case): Record<string, string> => ({
  plugin_name: name, plugin_root_id: name, plugin_vm_id: ownVm ? name : "shared", "xds/node/id": "parity-node", "xds/node/cluster": "parity-cluster",
  "xds/node/metadata/label": "value", "xds/route_name": "route", "xds/cluster_name": "web",
});

/** Connections of their own race with each other. */
export const sorted = (served: unknown[]): unknown[] => [...served].sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
