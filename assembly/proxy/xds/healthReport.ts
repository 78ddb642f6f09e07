/** What a control plane is told of endpoints, beside what it is asked for: a DiscoveryRequest of a type of its own, which nobody answers. */
import { writeText } from "../../bytes/protobuf";
import { Writer } from "../../bytes/writer";
import { Cluster } from "../cluster/cluster";
import { HASH_START, mix } from "../cluster/hash";
import { healthChanges } from "../cluster/endpoint";

const TYPE = "type.googleapis.com/meltemi.v1.EndpointHealth";
/** Endpoints that are told of at most. */
const MAX_NAMES: i32 = 256;

/** The endpoints of a listener that are out, as `<cluster>|<address>`. All of them are told whenever they are others. */
@final
export class OutReport {
  /** Digest of those that were told last. */
  private told: u64 = HASH_START;
  private seen: u32 = 0;

  /** Nobody was told of any yet. */
  reset(): void {
    this.told = HASH_START;
    this.seen = healthChanges() - 1;
  }

  /** True: they are others than were told last, and count as told from now on. */
  changed(clusters: Cluster[]): bool {
    if (this.seen == healthChanges() && this.told == HASH_START) return false;
    this.seen = healthChanges();
    let digest = HASH_START;
    for (let i = 0; i < clusters.length; i++) {
      const endpoints = clusters[i].endpoints;
      for (let j = 0; j < endpoints.length; j++) if (endpoints[j].isOut) digest = mix(digest ^ endpoints[j].hash ^ <u64>clusters[i].index);
    }
    if (digest == this.told) return false;
    this.told = digest;
    return true;
  }

  write(clusters: Cluster[], out: Writer): void {
    let left = MAX_NAMES;
    for (let i = 0; i < clusters.length; i++) {
      const endpoints = clusters[i].endpoints;
      for (let j = 0; j < endpoints.length && left > 0; j++) {
        if (!endpoints[j].isOut) continue;
        writeText(out, 3, clusters[i].name + "|" + endpoints[j].address);
        left--;
      }
    }
    writeText(out, 4, TYPE);
  }
}
