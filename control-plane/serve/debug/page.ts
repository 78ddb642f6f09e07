import { formatProblem } from "../../api/problem.ts";
import type { Ir, Route } from "../../ir/ir.ts";
import type { Matcher } from "../../ir/matcher.ts";
import { addressOf } from "../../ir/address.ts";
import type { ControlPlane } from "../controlPlane.ts";
import { type EndpointHealth, healthOf } from "../health.ts";
import { statusOf, type EnvoyStatus } from "../status.ts";
import { type Answer, answer, readMetadata } from "./answer.ts";
import { Html, html, table } from "./html.ts";

/** More of one kind are not shown: a page is for eyes. */
const MOST = 500;

const STYLE = `body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; color: #1a1a1a; background: #fff }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin-top: 2em } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3em .7em .3em 0; border-bottom: 1px solid #ddd } code, textarea, td { overflow-wrap: anywhere }
textarea { width: 100%; box-sizing: border-box; font-family: monospace } .bad { background: #fdecea; border-left: 4px solid #b3261e; padding: .5em 1em }
.good { background: #e9f5ec; border-left: 4px solid #2e7d32; padding: .5em 1em } label { display: block; margin: .6em 0 .2em } small { color: #555 }
@media (prefers-color-scheme: dark) { body { background: #16181c; color: #e6e6e6 } th, td { border-color: #3a3d44 } .bad { background: #3b1d1b } .good { background: #17301c } small { color: #aaa } }`;

/** The page at `/debug`; `query`: what its form asks. */
export function debugPage(plane: ControlPlane, query: URLSearchParams): string {
  const { ir } = plane;
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Meltemi</title><style>${new Html(STYLE)}</style></head><body>
<h1>Meltemi control plane</h1>${state(plane)}
${ir ? [form(ir, query), result(plane, ir, query), services(ir), endpoints(plane, ir)] : undefined}
<h2>Envoys</h2>${envoys(statusOf(plane).envoys)}
<h2>Sources</h2>${table("sources", ["source", "resources", "state"], plane.providers.map(({ name, told, sources, failure, skipped }) => [name, sources, html`${failure ?? (told ? "ok" : "has not told yet")}${skipped ? html`<div class="bad">${skipped.count} skipped<ul>${skipped.first.map((each) => html`<li>${each}</li>`)}</ul></div>` : undefined}`]))}
<p><small><a href="/status">status</a> · <a href="/metrics">metrics</a></small></p></body></html>`.text;
}

function state({ xds, changes, refused, warnings }: ControlPlane): Html {
  const problems = [...refused?.problems.map(formatProblem) ?? [], ...(refused?.reason ? [refused.reason] : [])];
  return html`<p>${xds.snapshot ? html`version <code id="version">${xds.snapshot.version}</code>, since ${new Date(changes.lastAt).toISOString()}` : "nothing is served yet"}</p>
${refused ? html`<div class="bad" id="refused"><b>The last change was rejected</b> (${new Date(refused.at).toISOString()}); the previous version is still served.<ul>${problems.slice(0, MOST).map((each) => html`<li>${each}</li>`)}</ul></div>` : undefined}
${warnings.length > 0 ? html`<details><summary>${warnings.length} warnings</summary><ul>${warnings.slice(0, MOST).map((each) => html`<li>${formatProblem(each)}</li>`)}</ul></details>` : undefined}`;
}

function form({ listeners }: Ir, query: URLSearchParams): Html {
  const chosen = query.get("listener");
  return html`<h2>Where would this request go?</h2><form method="get" action="/debug">
<label for="listener">Listener</label><select id="listener" name="listener">${listeners.map(({ name, service }) => html`<option value="${name}"${name === chosen ? html` selected` : undefined}>${service} (${name})</option>`)}</select>
<label for="metadata">Metadata, a <code>key=value</code> on each line; a key alone is there and cannot be read</label><textarea id="metadata" name="metadata" rows="5">${query.get("metadata") ?? ""}</textarea>
<p><button id="ask">Ask</button></p></form>`;
}

function result({ traitsOf }: ControlPlane, ir: Ir, query: URLSearchParams): Html | undefined {
  const listener = query.get("listener");
  if (listener === null) return undefined;
  try {
    return shown(answer(ir, { listener, metadata: readMetadata(query.get("metadata") ?? "") }, traitsOf));
  } catch (error) {
    return html`<p class="bad" id="answer">${(error as Error).message}</p>`;
  }
}

function shown({ explanation, clusters, unknown, missing, pins }: Answer): Html {
  const { outcome, route, request, response } = explanation, change = { ...(Object.keys(request).length > 0 ? { request } : {}), ...(Object.keys(response).length > 0 ? { response } : {}) };
  return html`<div class="${outcome === "RouteNotFound" ? "bad" : "good"}" id="answer">
<p>${outcome === "route" ? html`Rule <b id="rule">${route}</b>` : outcome === "default" ? html`No rule matches: <b id="rule">default cluster</b>` : html`No rule matches, and there is no default: <b id="rule">RouteNotFound</b>`}</p>
${clusters.length > 0 ? table("shares", ["cluster", "share", "balance", "endpoints"], clusters.map(({ name, percent, balance, endpoints }) => [html`<code>${name}</code>`, share(percent), balance, endpoints.slice(0, MOST).map((each) => html`<div>${each.address} ${pins.length > 0 ? "" : share(each.percent)} <small>${each.locality}</small></div>`)])) : undefined}
${pins.map(({ key, value }) => html`<p id="pin">Pinned by <code>${key}</code>${value === undefined ? ", which it does not have: any endpoint" : html` = <code>${value}</code>: always the same endpoint`}</p>`)}
${Object.keys(change).length > 0 ? html`<p>Changes: <code>${JSON.stringify(change)}</code></p>` : undefined}
${unknown.length > 0 ? html`<p id="unknown">This protocol does not have: <code>${unknown.join(", ")}</code></p>` : undefined}
${missing.length > 0 ? html`<p id="missing">Rules also use: <code>${missing.join(", ")}</code></p>` : undefined}</div>`;
}

const share = (percent: number): string => `${Number(percent.toFixed(1))} %`;

function services({ listeners }: Ir): Html {
  return html`<h2>Services (${listeners.length})</h2>${table("services", ["service", "listener", "protocol", "rules"], listeners.slice(0, MOST).map(({ service, name, codec, upstream, routes, defaultCluster }) =>
    [service, name, `${codec}, ${upstream}`, html`${(routes ?? []).slice(0, MOST).map(rule)}${defaultCluster === undefined ? html`<div>else RouteNotFound</div>` : html`<div>${routes ? "else " : ""}<code>${defaultCluster}</code></div>`}`]))}`;
}

function rule({ name, match, destinations }: Route): Html {
  const conditions = match.map((all) => all.map(inWords).join(" and ")).join(" or ");
  return html`<div><b>${name}</b>: ${conditions || "all"} → ${destinations.map(({ cluster, weight }) => html`<code>${cluster}</code>${destinations.length > 1 ? ` ${weight}` : ""} `)}</div>`;
}

function inWords({ key, invert, ...rest }: Matcher): string { return `${invert ? "not " : ""}${key} ${Object.entries(rest).map(([how, value]) => `${how} ${JSON.stringify(value)}`).join(" ")}`; }

function endpoints(plane: ControlPlane, { clusters }: Ir): Html {
  const health = healthOf(plane);
  return html`<h2>Clusters (${clusters.length})</h2>${table("clusters", ["cluster", "balance", "endpoints"], clusters.slice(0, MOST).map((cluster) => {
    const { name, balance, discovery, endpoints: all, unready = [] } = cluster;
    const shown = all.slice(0, MOST).map((endpoint) => html`<div>${addressOf(endpoint)} ${endpoint.weight === 1 ? "" : `weight ${endpoint.weight}`} <small>${endpoint.locality ?? ""} ${inShort(health(cluster, endpoint))}</small></div>`);
    return [html`<code>${name}</code>`, discovery === "dns" ? "DNS" : balance, all.length + unready.length === 0 ? "none" : [shown, unready.slice(0, MOST).map((address) => html`<div>${address} <small>not ready</small></div>`)]];
  }))}`;
}

function inShort({ state, out }: EndpointHealth): Html | string {
  return state === "out" ? html`<b>out</b> for ${out.map(({ node, since }) => `${node} since ${new Date(since).toISOString()}`).join(", ")}` : state;
}

function envoys(all: EnvoyStatus[]): Html {
  return table("envoys", ["node", "stream", "sent and accepted"], all.slice(0, MOST).flatMap(({ node, hosts, streams }) => streams.map(({ mode, since, types }) => [
    html`${node}${hosts ? html`<div><small>${hosts.join(", ")}</small></div>` : undefined}`, `${mode} since ${since}`,
    Object.entries(types).map(([type, found]) => html`<div>${type}${found?.names ? ` ${found.names.join(", ")}` : ""}: ${found?.accepted === found?.sent ? html`<code>${found?.accepted || "nothing"}</code>` : html`sent <code>${found?.sent}</code>, has <code>${found?.accepted || "nothing"}</code>`}
${found?.refused ? html`<div class="bad">refused ${found.refused.at}: ${found.refused.resources.join(", ")}: ${found.refused.reason}</div>` : undefined}</div>`),
  ])));
}
