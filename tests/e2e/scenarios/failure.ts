import assert from "node:assert/strict";
import { until } from "../../../harness/tools/wait.ts";
import type { Client, ClientKind, Mode, Outcome } from "./protocol.ts";
import { CLOSED, NO_CONNECTION, OURS, UNREACHABLE } from "./words.ts";
import type { Scenario } from "./world.ts";

const failed = (outcome: Outcome, words: RegExp, name: string): void => assert.match(`${outcome.ok} ${outcome.text}`, new RegExp(`^false.*(${words.source})`, "s"), name);
/** The connection ended without a word of ours, or the client gave up by itself. */
const lost = (outcome: Outcome, name: string): void => assert.deepEqual([outcome.ok, OURS.test(outcome.text)], [false, false], `${name}: ${outcome.text}`);
/** Without a connection to a server there is an error in words on lanes; inline the client's connection ends. */
const refused = (mode: Mode, outcome: Outcome, words: RegExp, name: string): void => mode === "lanes" ? failed(outcome, words, name) : lost(outcome, name);
const served = async (client: Client): Promise<boolean> => (await client.echo("again")).ok;

/** Inline, the server's end is the client's: whoever drops an answer that comes together with it hears no error. */
const hears = (mode: Mode) => ({ hasty }: ClientKind): boolean => mode === "lanes" || hasty !== true;

/** Servers that are not there, die, stand still, or end in the middle of an answer. */
export const failure: Scenario = {
  name: "failure",
  services: {
    closed: { endpoints: ["closed"] }, killed: { endpoints: ["victim"] }, halted: { endpoints: ["victim"] }, cut: { endpoints: ["cut"] },
    single: { endpoints: ["a"], trafficPolicy: { connectionPool: { tcp: { maxConnections: 1 } } } },
  },
  tests(world, mode) {
    // a library that connects again and again says so only when its time is up
    const soon = mode === "inline" ? { timeoutMs: 2000 } : {};
    world.test("failure.closed", mode, `nobody listens: ${mode === "lanes" ? "an error in words, at once, and again" : "the connection ends"}`, () =>
      world.withClients("closed", mode, async (clients) => {
        for (let round = 0; round < 2; round++) {
          for (const [client, name] of clients) refused(mode, await client.echo("x", soon), UNREACHABLE, name);
        }
      }));

    world.test("failure.killed", mode, "the server is killed in the middle of requests: each gets one error in words; its successor serves", () =>
      world.withClients("killed", mode, async (clients) => {
        for (const [client, name] of clients) assert.deepEqual(await client.echo("x"), { ok: true, text: "x" }, name);
        const server = world.servers.victim!, before = await server.waiting();
        const pending = clients.map(([client]) => client.wait(20_000));
        await until("all requests are with the server", 10_000, async () => await server.waiting() === before + clients.length);
        await server.kill();
        for (const [i, outcome] of (await Promise.all(pending)).entries()) failed(outcome, CLOSED, clients[i]![1]);
        if (mode === "lanes") for (const [client, name] of clients) failed(await client.echo("x"), UNREACHABLE, name);
        await world.restart("victim");
        if (mode === "lanes") for (const [client, name] of clients) await until(`${name} is served by the successor`, 10_000, () => served(client));
        await world.eachClient("killed", mode, async (client, name) => void await until(`${name}, a new connection is served`, 10_000, () => served(client)));
      }, hears(mode)));

    world.test("failure.halted", mode, "the server stands still: each client runs into its own timeout, and goes on when the server does", () =>
      world.withClients("halted", mode, async (clients) => {
        for (const [client, name] of clients) assert.deepEqual(await client.echo("x"), { ok: true, text: "x" }, name);
        await world.servers.victim!.halt!();
        const late = await Promise.all(clients.map(async ([client, name]) => [await client.echo("x", { timeoutMs: 500 }), name] as const));
        for (const [outcome, name] of late) lost(outcome, name);
        world.servers.victim!.resume!();
        for (const [client, name] of clients) await until(`${name} is served again`, 10_000, () => served(client));
      }, ({ patient }) => !patient));

    world.test("failure.cut", mode, "the server ends in the middle of an answer: an error in words if nothing of it was passed on, otherwise the end of the connection", () =>
      world.eachClient("cut", mode, async (client, name) => {
        if (!world.protocol.clients[name]!.unsized) failed(await client.echo("small"), CLOSED, name);
        const large = mode === "lanes" ? client : await world.protocol.clients[name]!.start(world.port("cut", mode));
        lost(await large.echo("large", { timeoutMs: 3000 }), name);
        if (large !== client) await large.stop();
      }, (kind) => !kind.greets && hears(mode)(kind)));

    world.test("failure.single", mode, "the cluster may have no more connections: no service for the next client; when one is free, it is served", async () => {
      const [first, next] = [await world.first("single", mode), await world.first("single", mode)];
      try {
        assert.deepEqual(await first.echo("x"), { ok: true, text: "x" });
        refused(mode, await next.echo("x", soon), NO_CONNECTION, "the next one");
        await first.stop();
        await until("another one is served", 10_000, async () => {
          const another = mode === "lanes" ? next : await world.first("single", mode), ok = await served(another);
          if (another !== next) await another.stop();
          return ok;
        });
      } finally {
        await Promise.all([first.stop(), next.stop()]);
      }
    });
  },
};
