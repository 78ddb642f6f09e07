import { giveBuffer, takeBuffer } from "../../bytes/buffers";
import { PairWriter } from "../../bytes/pairs";
import { Writer } from "../../bytes/writer";
import { HttpCall } from "../../context/calls";
import { Status } from "../../env/enums";
import { ListenerState } from "../exchange/listenerState";
import { Loss, Stats } from "../runtime/stats";
import { Lane } from "./lane";

/** Until the server has ended its side, as it should behind the end of the other: its connection is given up then. */
const MOST_MS: u32 = 30_000;

/** Bytes that Envoy keeps for such calls of this VM. */
let underway: i32 = 0;
const headers: PairWriter = new PairWriter();

/**
 * What a client that has gone had left for a lane on which no byte of a request was sent, so that none can run twice: run on a
 * connection of its own, by a call whose body its cluster sends as raw bytes (`rawCalls` in docs/config.md), with the end behind them.
 */
@final
class CallAfterClose extends HttpCall {
  constructor(private requests: i32, private bytes: i32, private stats: Stats) { super(null); }

  start(lane: Lane, body: Writer): bool {
    const address = lane.failure ? "" : lane.endpoint.address;
    headers.reset().add(":method", "POST").add(":path", "/").add(":authority", "lane");
    if (address.length) headers.add("x-meltemi-endpoint", address);
    if (this.send(lane.cluster.name, headers, MOST_MS, body) != Status.Ok) return false;
    underway += this.bytes;
    return true;
  }

  onResponse(count: i32, bodySize: i32, trailers: i32): void {
    underway -= this.bytes;
    if (this.status == 200) this.stats.runAfterClose.add(this.requests);
    else this.stats.lose(Loss.Failed, this.requests);
  }
}

/** The client has gone: runs what waits for a lane that no request was sent on, as far as requests are whole; `isCut`: its last one is not. */
export function runAfterClose(lane: Lane, isCut: bool, service: ListenerState): void {
  const requests = lane.requests - (isCut ? 1 : 0), body = takeBuffer();
  lane.leaveBehind(body, isCut);
  const isSmall = underway + body.length <= service.limits.vmBytes >> 2;
  if (requests > 0 && !(service.rawCalls && isSmall && new CallAfterClose(requests, body.length, service.stats).start(lane, body))) {
    service.stats.lose(Loss.Unopened, requests);
  }
  giveBuffer(body);
}
