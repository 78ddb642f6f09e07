/** The manifests that put the filter in front of the tcp_proxy of Istio's own sidecars. */
import { stringify } from "yaml";
import { earlyData, type Ir, wasmPlugin } from "../control-plane/index.ts";

/** One WasmPlugin for the listener of an inline service; where it has routes, tcp_proxy must wait for the first request too. */
export function istioManifest(codec: string, source: string, comment: string, ir: Ir): string {
  const listener = ir.listeners[0]!, routed = listener.routes !== null;
  const place = { name: `meltemi-${codec}`, namespace: "default", url: `oci://registry.example.com/meltemi/${codec}:0.1.0`, workloads: { app: "client" } };
  const documents = [wasmPlugin(ir, listener, place, "FAIL_RELOAD"), ...(routed ? [earlyData(listener, place)] : [])];
  return header(codec, source, comment, routed) + documents.map((document) => stringify(document, { version: "1.1", lineWidth: 0 })).join("---\n");
}

function header(codec: string, source: string, comment: string, routed: boolean): string {
  const meaning = comment.split("\n").filter((line) => line !== "" && !/^# (Clients|Servers?):/.test(line)).join("\n");
  const second = routed ? `
# The EnvoyFilter lets the sidecar's tcp_proxy take that first request before it connects. Both belong together: without it no byte
# reaches the filter, which is waited for. It takes an Envoy that knows max_early_data_bytes and upstream_connect_mode, as 1.40
# does. Clusters are named as Istio names them, and its DestinationRule must have the same subsets.` : "";
  return `${meaning}
#
# On Istio: the filter in front of the sidecar's own tcp_proxy, in the pods with the label app=client, for the service's port.${second}
# Push build/${codec}.wasm as an OCI image (or write file:// or https://) and put its url here; Istio 1.23 and older know no FAIL_RELOAD: FAIL_CLOSE.
#
#     kubectl apply -f envoy-configs/istio/${codec}.yaml
#
# Made from resources/${source} by generate.ts: change that file, not this one.
`;
}
