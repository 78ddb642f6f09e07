import { ClusterLanes } from "./clusterLanes";
import { CLUSTER_NOT_FOUND, CONNECT_FAILED, Failure, NO_HEALTHY_ENDPOINT, OVERFLOW, UPSTREAM_RESET } from "../../codec/failure";
import { encoded } from "../runtime/callbackBuffers";
import { now, refreshNow } from "../runtime/clock";
import { randomBelow } from "../runtime/random";
import { MAX_PAYLOAD } from "../http2/frames";
import { FLAGS, HeaderBlock } from "../http2/hpack";
import { FrameReader, FrameHandler } from "../http2/frameReader";
import { SpliceBuffer } from "../runtime/spliceBuffer";
import { Lane } from "./lane";
import { LaneStream } from "./laneStream";
import { FrameWriter, RECEIVE_WINDOW, SEND_WINDOW } from "../http2/frameWriter";
import { LanePool } from "./lanePool";

/** One for the VM: callbacks do not nest. */
const output: FrameWriter = new FrameWriter();
const block: HeaderBlock = new HeaderBlock();

/** A lane that did not reach the endpoint it asked for is tried again after this time. */
const DETOUR_MS: u64 = 5000;
const CONNECTION_DUE: i32 = 1 << 30;

/** The HTTP/2 client towards the connection manager behind the filter: each lane is a stream of it. */
@final
export class Lanes extends LanePool implements FrameHandler {
  private input: FrameReader = new FrameReader();
  private byStream: Map<u32, Lane> = new Map<u32, Lane>();
  private nextStream: u32 = 1;
  private opened: bool = false;
  /** Output's length when nothing was asked for. */
  private idleLength: i32 = 0;
  /** A write probe is out: its ACK will be a chance to write to the client. */
  private isProbing: bool = false;
  private owed: i32 = 0;
  private maxFrame: i32 = MAX_PAYLOAD;

  isInline(): bool { return false; }
  begin(): void {
    output.begin(this.maxFrame);
    if (!this.opened) output.open();
    this.idleLength = output.length;
    if (this.retargeted.length) this.retarget();
  }

  finish(probe: bool): SpliceBuffer {
    if (this.attention) this.maintain();
    if (probe && !this.isProbing) {
      output.ping();
      this.isProbing = true;
    }
    if (output.length == this.idleLength) output.reset();
    else this.opened = true;
    return output.buffer;
  }

  write(lane: LaneStream, at: usize, length: i32): void { output.data(lane.stream, at, length); }

  feed(at: usize, length: i32): bool {
    if (!this.input.feed(at, length, this)) return false;
    this.owed += length;
    if (this.owed >= CONNECTION_DUE) this.attend();
    return true;
  }

  feedEnd(): bool { return true; }

  protected forgetStream(lane: Lane): void { this.byStream.delete(lane.stream); }

  free(): void {
    this.input.free();
    for (let i = 0; i < this.all.length; i++) this.all[i].end();
    for (let i = 0; i < this.retargeted.length; i++) this.retargeted[i].end();
    this.retargeted.length = 0;
    this.all.length = 0;
    this.byStream.clear();
  }

  released(lane: LaneStream): void { if (changetype<Lane>(lane).due >= RECEIVE_WINDOW / 2) this.attend(); }

  onData(stream: u32, at: usize, length: i32): void {
    const lane = this.lane(stream);
    if (lane === null) return;
    if (!lane.receive(at, length)) this.client.abort();
    this.released(lane);
  }

  onHeaders(stream: u32, at: usize, length: i32): void {
    const lane = this.lane(stream);
    if (lane === null) return;
    if (!block.decode(at, length) || block.status != 200) {
      if (!this.failToOpen(lane, laneFailure())) this.client.abort();
      return;
    }
    const full = lane.full;
    if (!lane.connected()) {
      if (!this.failToGreet(lane)) this.client.abort();
      return;
    }
    this.countFull(lane, full);
    if (lane.endpoint.address.length == 0) return;
    if (block.upstreamIs(lane.endpoint.address)) lane.endpoint.setUp();
    else {
      // Envoy holds it for unhealthy.
      lane.endpoint.setAway(DETOUR_MS);
      lane.expiresAt = now() + DETOUR_MS;
    }
  }

  onEnd(stream: u32): void { this.gone(stream); }
  onReset(stream: u32, code: u32): void { this.gone(stream); }

  onWindow(stream: u32, increment: i32): void {
    const lane = this.lane(stream);
    if (lane === null) return;
    if (!lane.giveBack(increment)) return;
    if (!lane.full) this.full--;
    this.attend();
  }

  onMaxFrame(size: i32): void { this.maxFrame = max(size, MAX_PAYLOAD); }
  onPingAck(): void { this.isProbing = false; }
  onGoAway(lastStream: u32, code: u32): void {
    if (this.goingAwaySince == 0) this.goingAwaySince = refreshNow();
  }

  private lane(stream: u32): Lane | null {
    const latest = this.latest;
    if (latest && latest.stream == stream) return latest;
    if (!this.byStream.has(stream)) return null;
    const lane = this.byStream.get(stream);
    this.latest = lane;
    return lane;
  }

  protected create(home: ClusterLanes, slot: i32): Lane {
    const service = this.listener, limits = service.limits;
    const lane = new Lane(this.nextStream, home.cluster.endpoints[slot], home, this, SEND_WINDOW);
    this.nextStream += 2;
    if (limits.laneMaxAgeMs > 0) {
      const age = <u32>limits.laneMaxAgeMs;
      lane.expiresAt = now() + <u64>(age - age / 5 + randomBelow(age / 5 * 2 + 1));
    }
    this.byStream.set(lane.stream, lane);
    lane.place = this.all.push(lane) - 1;
    output.headers(lane.stream, lane.endpoint.headers);
    service.stats.lanesOpened.add();
    return lane;
  }

  /** The server's side has ended: so has the lane, in both directions. */
  private gone(stream: u32): void {
    const lane = this.lane(stream);
    if (lane === null) return;
    if (!lane.draining && lane.open > 0) lane.endpoint.setDown();
    if (!this.lose(lane, UPSTREAM_RESET)) this.client.abort();
  }

  /** Sends what lanes have to send besides requests. */
  private maintain(): void {
    this.attention = false;
    const ending = this.ending;
    for (let i = 0; i < ending.length; i++) output.end(ending[i]);
    ending.length = 0;
    const cancelling = this.cancelling;
    for (let i = 0; i < cancelling.length; i++) output.cancel(cancelling[i]);
    cancelling.length = 0;
    if (this.owed >= CONNECTION_DUE) {
      output.window(0, this.owed);
      this.owed = 0;
    }
    for (let left = this.all.length; left > 0; left = this.stillLeft(left)) this.maintainLane(this.all[left - 1]);
  }

  private maintainLane(lane: Lane): void {
    this.flush(lane);
    const due = lane.due;
    if (due >= RECEIVE_WINDOW / 2) {
      output.window(lane.stream, due);
      lane.settle(due);
    }
    if (lane.draining) {
      if (lane.open > 0 || lane.pins > 0 || lane.full || !lane.isBetween || this.client.isSendingTo(lane)) return;
      output.end(lane.stream);
      this.lose(lane, UPSTREAM_RESET);
      return;
    }
    this.beat(lane);
  }

  private beat(lane: Lane): void {
    const service = this.listener, beatMs = service.limits.beatMs;
    if (beatMs <= 0 || now() - lane.lastSent < <u64>beatMs || this.client.isSendingTo(lane)) return;
    encoded.reset();
    if (service.codec.beat(lane.wire, encoded)) {
      lane.beats++;
      this.send(lane, encoded.base, encoded.length);
    }
    lane.lastSent = now();
  }
}

/** What a lane's refusal means, by Envoy's response flags. */
function laneFailure(): Failure {
  if (hasFlag(0x4e, 0x43)) return CLUSTER_NOT_FOUND;   // NC
  if (hasFlag(0x55, 0x48)) return NO_HEALTHY_ENDPOINT; // UH
  if (hasFlag(0x55, 0x4f)) return OVERFLOW;            // UO
  return CONNECT_FAILED;
}

function hasFlag(first: i32, second: i32): bool {
  const at = block.at(FLAGS), length = block.length(FLAGS);
  for (let i = 0; i + 1 < length; i++) {
    if (<i32>load<u8>(at + i) == first && <i32>load<u8>(at + i + 1) == second) return true;
  }
  return false;
}
