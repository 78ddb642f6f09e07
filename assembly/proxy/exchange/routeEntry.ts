import { Cluster } from "../cluster/cluster";

/** What an exchange, and filters, know of the route of a request. */
export class RouteEntry {
  clusters: Cluster[] = [];
  /** Filters are attached to it by its name. */
  hasFilters: bool = false;

  constructor(public name: string) {}
}
