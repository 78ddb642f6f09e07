import { Client, credentials, type ClientDuplexStream } from "@grpc/grpc-js";
import { textOf } from "../foreign.ts";
import { decodePayload, encodePayload, type Payload } from "./payload.ts";

const ANSWER_MS = 5000;
/** Nacos registers a connection without a response: its own client waits as long. */
const SETUP_MS = 100;
/** Nacos tells its clients apart by their connections: none may be shared. */
const OPTIONS = { "grpc.max_receive_message_length": 64 << 20, "grpc.initial_reconnect_backoff_ms": 200, "grpc.use_local_subchannel_pool": 1 };

/** A connection as Nacos' own clients hold it: questions, and a stream on which the server asks and tells. */
export class Connection {
  /** Why it is over. */
  readonly ended: Promise<string>;
  private end!: (why: string) => void;
  private readonly stream: ClientDuplexStream<Payload, Payload>;

  private constructor(private readonly client: Client, namespace: string, notify: (body: Payload["body"]) => void) {
    this.ended = new Promise((resolve) => { this.end = resolve; });
    this.stream = client.makeBidiStreamRequest("/BiRequestStream/requestBiStream", encodePayload, decodePayload);
    this.stream.on("data", (payload: Payload) => this.hear(payload, notify)).on("error", (error) => this.end(error.message)).on("end", () => this.end("the stream has ended"));
    this.stream.write({ type: "ConnectionSetupRequest", body: { clientVersion: "Nacos-Java-Client:v2.4.3", tenant: namespace, labels: { source: "sdk", module: "naming" } } });
  }

  /** `notify` is told of services that changed. Rejects if the server does not answer. */
  static async open(address: string, namespace: string, notify: (body: Payload["body"]) => void): Promise<Connection> {
    const client = new Client(address, credentials.createInsecure(), OPTIONS);
    try {
      await ask(client, "ServerCheckRequest", {});
      const connection = new Connection(client, namespace, notify);
      await new Promise((resolve) => setTimeout(resolve, SETUP_MS));
      return connection;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** Rejects if there is no answer in time, or if it is a refusal. */
  ask(type: string, body: Payload["body"]): Promise<Payload["body"]> { return ask(this.client, type, body); }

  close(): void {
    this.stream.cancel();
    this.client.close();
  }

  private hear(payload: Payload, notify: (body: Payload["body"]) => void): void {
    try {
      this.take(payload, notify);
    } catch (error) {
      this.end(`cannot be understood: ${(error as Error).message}`);
    }
  }

  private take({ type, body }: Payload, notify: (body: Payload["body"]) => void): void {
    const answer = (name: string): void => { this.stream.write({ type: name, body: { resultCode: 200, requestId: body.requestId } }); };
    if (type === "NotifySubscriberRequest") {
      answer("NotifySubscriberResponse");
      notify(body);
    } else if (type === "ClientDetectionRequest") answer("ClientDetectionResponse");
    else if (type === "ConnectResetRequest") this.end("the server redirects its clients");
  }
}

function ask(client: Client, type: string, body: Payload["body"]): Promise<Payload["body"]> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest("/Request/request", encodePayload, decodePayload, { type, body }, { deadline: Date.now() + ANSWER_MS }, (error, payload) => {
      if (error) reject(new Error(error.details || error.message));
      else if (payload!.type === "ErrorResponse" || (payload!.body.resultCode ?? 200) !== 200) reject(new Error(`${type} is refused: ${textOf(payload!.body.message)}`));
      else resolve(payload!.body);
    });
  });
}
