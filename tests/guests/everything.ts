/** All protocols with all filters, the one that holds requests included; and what clusters still count. */
import "./holdfilter";
import "../toy/register";
import "../../codecs/dubbo/index";
import "../../codecs/redis/index";
import "../../codecs/thrift/index";
import "../../examples/awesomerpc/index";
import { rootOf } from "../../assembly/context/contexts";
import { ListenerRoot } from "../../assembly/proxy/downstream/listenerRoot";

export * from "../../assembly/module";

/** Requests that clusters of this root believe to be open, to wait, or to be sent again: 0 once all clients have gone. */
export function meltemi_busy(id: u32): i32 {
  const root = rootOf(id);
  if (root === null) return -1;
  const clusters = changetype<ListenerRoot>(root).clusters();
  let busy = 0;
  for (let i = 0; i < clusters.length; i++) busy += abs(clusters[i].open) + abs(clusters[i].pending) + abs(clusters[i].waiting) + abs(clusters[i].retrying);
  return busy;
}
