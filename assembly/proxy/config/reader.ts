/** Reads the plugin configuration of docs/config.md into a Service, or says in one line what is wrong with it. */
import { Json, JsonKind } from "../../bytes/json";
import { parseJson } from "../../bytes/jsonParser";
import { Problems } from "../../bytes/problems";
import { createFilter, filterNames, isAmbiguous } from "../filter/registry";
import { clusterOf, readClusters } from "./clusters";
import { Direction } from "../../codec/enums";
import { ConfigUpdate } from "./update";
import { FilterChain, FilterInstance, MAX_FILTERS } from "../filter/chain";
import { KeyBinder, notSupplied } from "../filter/keyBinder";
import { readLimits } from "../runtime/limits";
import { codecNames, createCodec } from "../../codec/registry";
import { readCondition } from "../match/condition";
import { readRoutes } from "./routes";
import { Route } from "../route/table";
import { Listener } from "./listener";
import { Stats } from "../runtime/stats";
import { Demand } from "../xds/onDemand";
import { readFeed, XdsConfig } from "../xds/config";

const FIELDS = ["codec", "options", "upstream", "service", "defaultCluster", "opaque", "limits", "clusters", "routes", "filters", "rds", "rawCalls"];

/** Either `service`, or `error`. `feed`: where further configurations come from. */
@final
export class ListenerResult {
  constructor(public service: Listener | null, public error: string, public feed: XdsConfig | null = null) {}
}

/** The configuration that a listener begins with. */
export function readListener(text: string): ListenerResult {
  const parsed = parseJson(text), json = parsed.value, problems = new Problems();
  if (!json) return new ListenerResult(null, "plugin configuration: " + parsed.error);
  const service = problems.isObject(json) ? begin(json, problems) : null;
  if (service === null) return new ListenerResult(null, problems.error);
  const feed = readFeed(json, problems);
  if (feed && feed.onDemand.length) service.demand = new Demand(feed.onDemand);
  // Until the first rules have come, requests wait, unless there is something to begin with.
  const waits = feed !== null && !json.has("routes") && !json.has("defaultCluster");
  const update = readUpdate(json, service, waits, problems);
  if (!problems.ok) return new ListenerResult(null, problems.error);
  service.install(update);
  service.isWaiting = waits;
  service.isBlank = waits;
  return new ListenerResult(service, "", feed);
}

/** A further configuration, in force once it was read; empty, or what is wrong with it: then nothing has changed. */
export function updateListener(service: Listener, text: string): string {
  const parsed = parseJson(text), json = parsed.value, problems = new Problems();
  if (!json) return parsed.error;
  if (!problems.isObject(json)) return problems.error;
  stays(json, "codec", service.codec.protocol, "", problems);
  stays(json, "upstream", service.inline ? "inline" : "lanes", "lanes", problems);
  stays(json, "service", service.name, "", problems);
  const update = readUpdate(json, service, false, problems);
  if (!problems.ok) return problems.error;
  service.install(update);
  return "";
}

/** What a listener was made with cannot change while it lives. */
function stays(json: Json, name: string, now: string, fallback: string, problems: Problems): void {
  const found = problems.text(json, name, fallback);
  if (found != now) problems.report(name, 'found "' + found + '", allowed: "' + now + '", as this listener was made with');
}

function begin(json: Json, problems: Problems): Listener | null {
  const name = problems.needText(json, "codec"), codec = createCodec(name);
  if (!codec) {
    problems.report("codec", 'found "' + name + '", allowed: ' + codecNames().join(", "));
    return null;
  }
  codec.protocol = name;
  const upstream = problems.oneOf(json, "upstream", ["lanes", "inline"], "lanes");
  if (upstream == "lanes" && !codec.traits.lanes) problems.report("upstream", 'found "lanes", which codec ' + name + " cannot serve");
  if (upstream == "inline" && !codec.traits.inline) problems.report("upstream", 'found "inline", which codec ' + name + " cannot serve");
  const called = problems.text(json, "service"), service = new Listener(codec, new Stats(name, called), called);
  service.inline = upstream == "inline";
  return service;
}

function readUpdate(json: Json, live: Listener, waits: bool, problems: Problems): ConfigUpdate {
  const update = new ConfigUpdate(live, createCodec(live.codec.protocol)!);
  problems.unknownFields(json, FIELDS);
  update.rawCalls = problems.bool(json, "rawCalls", false);
  if (update.rawCalls && live.inline) problems.report("rawCalls", 'found true with upstream "inline", which makes no calls');
  tryOptions(json, update, problems);
  readLimits(json, update.limits, problems);
  readClusters(json, update, problems);
  readFilters(json, update, problems);
  readOptions(update, problems);
  const keys = new KeyBinder(live.codec, live.name, update.trial);
  readRoutes(json, update, keys, problems);
  readDemand(json, update, keys, problems);
  update.rules.take(keys.asked);
  if (!waits) readFallback(json, update, problems);
  update.rules.filters.attach(update.rules.routes.entries(), problems);
  update.rules.words = update.rules.filters.words;
  update.rules.check(live.codec, problems);
  return update;
}

function readDemand(json: Json, update: ConfigUpdate, keys: KeyBinder, problems: Problems): void {
  const demand = update.live.demand, rds = problems.object(json, "rds");
  if (!rds || !demand) return;
  update.rules.demandSlot = keys.request("rds.onDemand", demand.key, problems);
  update.rules.absent = problems.texts(rds, "absent");
}

/** Before anything asks for keys: options may bring some. What is wrong with them is told by `readOptions`. */
function tryOptions(json: Json, update: ConfigUpdate, problems: Problems): void {
  const options = problems.object(json, "options"), codec = update.trial;
  if (options) update.options = options;
  codec.protocol = update.live.codec.protocol;
  codec.configure(update.options, new Problems());
}

/** Behind the filters, which say whether there are guards. */
function readOptions(update: ConfigUpdate, problems: Problems): void {
  update.trial.guarded = update.rules.filters.guards;
  update.trial.configure(update.options, problems);
}

function readFilters(json: Json, update: ConfigUpdate, problems: Problems): void {
  const list = problems.list(json, "filters"), codec = update.live.codec, rules = update.rules;
  if (list.length > MAX_FILTERS) return problems.report("filters", "found " + list.length.toString() + " filters, allowed: " + MAX_FILTERS.toString());
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (!problems.isObject(item)) return;
    problems.unknownFields(item, ["name", "match", "routes", "config"]);
    const installed = installedOf(item, update, problems);
    if (installed === null) return;
    rules.take(installed.asked);
    rules.tickMs = installed.filter.tickMs > 0 ? min(rules.tickMs, installed.filter.tickMs) : rules.tickMs;
    problems.texts(item, "routes");
    const keys = new KeyBinder(codec, update.live.name, update.trial), condition = readCondition(item.get("match"), keys, problems);
    rules.take(keys.asked);
    rules.filters.add(installed, condition, problems.list(item, "routes"));
  }
}

/** The filter that the rules in force have for the same configuration, or a new one. */
function installedOf(item: Json, update: ConfigUpdate, problems: Problems): FilterInstance | null {
  const before = update.live.snapshot.filters, now = update.rules.filters, live = update.live;
  const name = problems.needText(item, "name"), given = problems.object(item, "config"), config = given ? given : new Json(JsonKind.Object);
  const known = before.find(name, config, now);
  if (known) {
    checkSupplied(known.asked.slots[Direction.Request], item.path(), update, problems);
    return known;
  }
  const filter = createFilter(name), keys = new KeyBinder(live.codec, live.name, update.trial);
  if (!filter) {
    problems.report(item.path() + ".name", 'found "' + name + '", allowed: ' + filterNames().join(", "));
    return null;
  }
  if (isAmbiguous(name)) {
    problems.report(item.path() + ".name", 'found "' + name + '", the name of two filters of this module');
    return null;
  }
  filter.place = freePlace(before, now);
  filter.configure(config, keys, problems);
  return new FilterInstance(filter, name, config, keys.asked);
}

/** A filter that goes on was asked for its keys when the codec had other options. */
function checkSupplied(slots: i32[], path: string, update: ConfigUpdate, problems: Problems): void {
  const names = update.live.codec.names[Direction.Request];
  for (let i = 0; i < slots.length; i++) notSupplied(update.trial, path, names[slots[i]], Direction.Request, problems);
}

/** Filters that go on have their places already. */
function freePlace(before: FilterChain, now: FilterChain): i32 {
  let place = 0;
  while (before.hasPlace(place) || now.hasPlace(place)) place++;
  return place;
}

function readFallback(json: Json, update: ConfigUpdate, problems: Problems): void {
  const name = problems.text(json, "defaultCluster");
  const opaque = problems.oneOf(json, "opaque", ["deny", "allow"], "deny");
  if (opaque == "allow" && update.rules.filters.guards) problems.report("opaque", 'found "allow", which cannot be combined with guarding filters: they would not see the bytes that pass');
  if (!name.length && update.inline && !json.has("routes")) {
    // The tcp_proxy behind the filter has a cluster of its own.
    setFallback(update, "", opaque);
    return;
  }
  if (!name.length) {
    if (!json.has("routes")) problems.report("routes", "missing, allowed: routes, defaultCluster, or both");
    if (opaque == "allow") problems.report("opaque", 'found "allow", which needs a defaultCluster');
    return;
  }
  setFallback(update, name, opaque);
}

function setFallback(update: ConfigUpdate, name: string, opaque: string): void {
  const route = new Route("default"), cluster = clusterOf(update, name);
  route.clusters.push(cluster);
  route.shares.push(1);
  update.rules.routes.fallback = route;
  if (opaque == "allow") update.opaqueCluster = cluster;
}
