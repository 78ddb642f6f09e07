import { Counter } from "../../host/metrics";
import { Reason, reasonName, REASONS } from "../../codec/failure";

/** Why requests of a client that has gone did not run, or are not known to have. */
export enum Loss {
  /** Nothing was sent on their lane yet, and they could not be run without their client. */
  Unopened = 0,
  /** A filter held them. */
  Held = 1,
  /** The lane took no more: one for each lane, of which more than one request may have waited. */
  Full = 2,
  /** They were not read yet: one for each connection. */
  Unread = 3,
  /** The connection that was to run them could not be made, or its server has not ended it. */
  Failed = 4,
}

const LOSSES: StaticArray<string> = ["unopened", "held", "full", "unread", "failed"];

/**
 * Counters of one plugin configuration. Names carry labels in the form that the bootstrap's `stats_tags` take apart:
 * `meltemi_requests;.;codec=.=dubbo;.;service=.=demo;.;`.
 */
@final
export class Stats {
  connections: Counter;
  requests: Counter;
  oneway: Counter;
  replies: Counter;
  pings: Counter;
  /** Messages of clients that are for no server: answers that nobody has asked for, empty ones. */
  dropped: Counter;
  /** Requests and replies that are not of the protocol. */
  badRequests: Counter;
  badReplies: Counter;
  /** Replies that no open exchange waits for: late, second, or with an unknown id; dropped. */
  unknownReplies: Counter;
  /** Replies that could not carry the change a route asks for, passed on as they were. */
  unchangedReplies: Counter;
  /** Replies that came before that to an older request of their lane, and wait for it. */
  overtakingReplies: Counter;
  /** Connections closed because an answer was cut off in the middle. */
  cutAnswers: Counter;
  /** Answers, lanes and connections given up because too many bytes were kept. */
  shed: Counter;
  lanesOpened: Counter;
  lanesFailed: Counter;
  lanesDrained: Counter;
  retries: Counter;
  mirrored: Counter;
  /** Endpoints that were left alone for their errors. */
  ejections: Counter;
  /** Requests that were run after their client had gone. */
  runAfterClose: Counter;
  private losses: StaticArray<Counter> = new StaticArray<Counter>(LOSSES.length);
  private errors: StaticArray<Counter> = new StaticArray<Counter>(REASONS);
  private all: Counter[] = [];

  constructor(codec: string, service: string) {
    const labels = ";.;codec=.=" + codec + ";.;service=.=" + service + ";.;";
    this.connections = new Counter("meltemi_connections" + labels);
    this.requests = new Counter("meltemi_requests" + labels);
    this.oneway = new Counter("meltemi_oneway_requests" + labels);
    this.replies = new Counter("meltemi_replies" + labels);
    this.pings = new Counter("meltemi_pings" + labels);
    this.dropped = new Counter("meltemi_dropped_messages" + labels);
    this.badRequests = new Counter("meltemi_bad_requests" + labels);
    this.badReplies = new Counter("meltemi_bad_replies" + labels);
    this.unknownReplies = new Counter("meltemi_unknown_replies" + labels);
    this.unchangedReplies = new Counter("meltemi_unchanged_replies" + labels);
    this.overtakingReplies = new Counter("meltemi_overtaking_replies" + labels);
    this.cutAnswers = new Counter("meltemi_cut_answers" + labels);
    this.shed = new Counter("meltemi_shed" + labels);
    this.lanesOpened = new Counter("meltemi_lanes_opened" + labels);
    this.lanesFailed = new Counter("meltemi_lanes_failed" + labels);
    this.lanesDrained = new Counter("meltemi_lanes_drained" + labels);
    this.retries = new Counter("meltemi_retries" + labels);
    this.mirrored = new Counter("meltemi_mirrored" + labels);
    this.ejections = new Counter("meltemi_ejections" + labels);
    this.runAfterClose = new Counter("meltemi_run_after_close" + labels);
    this.all = [
      this.connections, this.requests, this.oneway, this.replies, this.pings, this.dropped, this.badRequests, this.badReplies,
      this.unknownReplies, this.unchangedReplies, this.overtakingReplies, this.cutAnswers, this.shed, this.lanesOpened, this.lanesFailed,
      this.lanesDrained, this.retries, this.mirrored, this.ejections, this.runAfterClose,
    ];
    for (let i = 0; i < LOSSES.length; i++) {
      const counter = new Counter("meltemi_lost_at_close" + labels + "reason=.=" + LOSSES[i] + ";.;");
      this.losses[i] = counter;
      this.all.push(counter);
    }
    for (let i = 0; i < REASONS; i++) {
      const counter = new Counter("meltemi_errors" + labels + "reason=.=" + reasonName(i) + ";.;");
      this.errors[i] = counter;
      this.all.push(counter);
    }
  }

  /** An error that the framework sent, or would have sent to a request that expects an answer. */
  error(reason: Reason): void { unchecked(this.errors[reason]).add(); }

  /** Requests that were lost with their client. */
  lose(why: Loss, requests: i32): void { unchecked(this.losses[why]).add(requests); }

  /** Hands what was counted to Envoy. */
  flush(): void {
    for (let i = 0; i < this.all.length; i++) this.all[i].flush();
  }
}
