/** Istio's agent as the sidecar beside it sees it: an SDS server that has the workload's certificate and Istio's authority. */
import { Server, ServerCredentials, type ServerDuplexStream, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { EnvoyApi } from "../../control-plane/xds/api.ts";
import { MESSAGES, typeUrl } from "../../control-plane/xds/types.ts";
import { envoyApi } from "../../harness/build/envoy-api.ts";

const DISCOVERY = "envoy.service.discovery.v3.", STREAM = "StreamSecrets";

export interface Agent {
  port: number;
  /** Names, in the order in which they were asked for. */
  asked: string[];
  stop(): void;
}

/** `secrets`: Envoy's messages by name, without it. */
export async function startAgent(secrets: Record<string, object>): Promise<Agent> {
  const api = new EnvoyApi(await envoyApi()), asked: string[] = [];
  const answer = (name: string): Uint8Array => api.write(`${DISCOVERY}DiscoveryResponse`, {
    versionInfo: "1", nonce: name, typeUrl: typeUrl("secrets"), resources: [{ typeUrl: typeUrl("secrets"), value: api.encode(MESSAGES.secrets, { name, ...secrets[name] }) }],
  });
  const server = new Server();
  server.addService({
    [STREAM]: {
      path: `/envoy.service.secret.v3.SecretDiscoveryService/${STREAM}`, requestStream: true, responseStream: true,
      requestSerialize: (bytes: Uint8Array) => Buffer.from(bytes), requestDeserialize: (bytes: Buffer) => api.decode(`${DISCOVERY}DiscoveryRequest`, bytes),
      responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes), responseDeserialize: (bytes: Buffer) => bytes,
    },
  }, {
    [STREAM]: (call: ServerDuplexStream<{ resourceNames: string[]; responseNonce: string }, Uint8Array>) => {
      call.on("data", ({ resourceNames, responseNonce }: { resourceNames: string[]; responseNonce: string }) => {
        if (responseNonce !== "") return;
        asked.push(...resourceNames);
        for (const name of resourceNames.filter((each) => each in secrets)) call.write(answer(name));
      }).on("end", () => call.end()).on("error", () => undefined);
    },
  } as UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) => server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, at) => error ? reject(error) : resolve(at)));
  return { port, asked, stop: () => server.forceShutdown() };
}
