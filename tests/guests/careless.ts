/** The toy protocol with a filter that remembers a request longer than it may. */
import { Exchange, Failure, Filter, Frame, Mutation, registerFilter } from "../../assembly/index";
import "../toy/register";

let latest: Exchange | null = null;

@final
class Careless extends Filter {
  onRequest(x: Exchange, f: Frame, mutation: Mutation): Failure | null {
    const before = latest;
    if (before !== null && before.key == x.key) f.hide(0);
    latest = x;
    return null;
  }
}

registerFilter("careless", (): Filter => new Careless());

export * from "../../assembly/framework";
