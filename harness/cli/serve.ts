import { basename, join, resolve } from "node:path";
import { InvalidArgumentError, type Command } from "commander";
import { Certificates, ControlPlane, type NodeRule, type Page, PAGES, readNodeRule, StatusServer } from "../../control-plane/index.ts";
import { envoyApi } from "../build/envoy-api.ts";
import { say, Trouble } from "../tools/progress.ts";
import { loadModules } from "./modules.ts";
import { signalled } from "./running.ts";
import { checkSources, providersOf, type SourceFlags, withSourceOptions } from "./sources.ts";

interface ServeFlags extends SourceFlags {
  wasm?: string[];
  wasmDir?: string;
  address: string;
  port: number;
  statusPort: number;
  statusAddress: string;
  statusHost?: string[];
  statusTokenFile?: string;
  statusPages?: Page[];
  tlsCert?: string;
  tlsKey?: string;
  tlsCa?: string;
  nodeFromCert?: NodeRule;
}

const HELP = `
Watches the resources and serves them to any number of Envoys; \`meltemi bootstrap\` prints their bootstrap. Runs until Ctrl-C or
SIGTERM, or until its parent process ends. An invalid change is reported and rejected as a whole, and the previous version stays in force. It prints one line:
  ready: xDS 127.0.0.1:18000, status http://127.0.0.1:18080/status

  meltemi serve -f mesh/
  meltemi serve --registry zookeeper://127.0.0.1:2181 -f rules/
  meltemi serve --kubernetes --namespace shop
  meltemi serve -f mesh/ --address 0.0.0.0 --tls-cert tls.crt --tls-key tls.key --tls-ca ca.crt
  meltemi serve --kubernetes --address 0.0.0.0 --tls-cert tls.crt --tls-key tls.key --tls-ca root-cert.pem \\
    --node-from-cert 'uri:spiffe://*/ns/{ns}/sa/*=>*~*~*.{ns}~*'`;

/** Adds `meltemi serve` to a program. */
export function addServe(program: Command): Command {
  const command = withSourceOptions(program.command("serve").description("serve resources to Envoys over xDS, and follow their changes"))
    .option("--wasm <file...>", "a custom module, in addition to those that ship")
    .option("--wasm-dir <dir>", "folder of the modules on the Envoys' machines (default: the same as here)")
    .option("--address <address>", "listen address for xDS", "127.0.0.1")
    .option("--port <port>", "port for xDS; 0: a free one", portNumber, 18000)
    .option("--status-port <port>", "port for /status, /metrics and /debug; 0: a free one", portNumber, 18080)
    .option("--status-address <address>", "listen address for these pages", "127.0.0.1")
    .option("--status-host <name...>", "host names that requests for these pages may use, besides IP addresses and localhost")
    .option("--status-token-file <file>", "require the token in this file: authorization: Bearer <token>")
    .option("--status-pages <name...>", `pages to serve: ${PAGES.join(", ")} (default: all)`, page)
    .option("--tls-cert <file>", "use TLS: certificate in PEM; it is reloaded with its key when it changes")
    .option("--tls-key <file>", "the key of --tls-cert")
    .option("--tls-ca <file>", "accept only clients with a certificate of this authority (PEM)")
    .option("--node-from-cert <rule>", "the node id that a certificate may use: cn, dns, or uri:<template>=><template of the node id>", nodeRule)
    .addHelpText("after", HELP);
  return command.action(async (flags: ServeFlags) => {
    if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined)) command.error("error: --tls-cert and --tls-key must be given together", { exitCode: 2 });
    if (flags.tlsCa !== undefined && flags.tlsCert === undefined) command.error("error: --tls-ca needs --tls-cert and --tls-key", { exitCode: 2 });
    if (flags.nodeFromCert !== undefined && flags.tlsCa === undefined) command.error("error: --node-from-cert needs --tls-ca", { exitCode: 2 });
    checkSources(flags, command);
    await serve(flags, command);
  });
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new InvalidArgumentError("allowed: 0..65535");
  return port;
}

function page(name: string, all: Page[] = []): Page[] {
  if (!(PAGES as readonly string[]).includes(name)) throw new InvalidArgumentError(`allowed: ${PAGES.join(", ")}`);
  return [...all, name as Page];
}

function nodeRule(text: string): NodeRule {
  try {
    return readNodeRule(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

async function serve(flags: ServeFlags, command: Command): Promise<void> {
  const { wasm, wasmDir, address, port, statusPort, statusAddress, statusHost: hosts, statusTokenFile: tokenFile, statusPages: pages, nodeFromCert } = flags;
  const stopped = signalled(), [modules, descriptors] = await Promise.all([loadModules(wasm), envoyApi()]);
  const wasmOf = (codec: string): string => {
    const path = modules[codec]!.wasm;
    return wasmDir === undefined ? resolve(path) : join(wasmDir, basename(path));
  };
  const certificates = certificatesOf(flags);
  const providers = await providersOf(flags, command, Object.keys(modules));
  const plane = new ControlPlane({ providers, modules, wasmOf, descriptors, credentials: certificates?.credentials(), nodeRule: nodeFromCert, log: say });
  const status = statusServer(plane, { hosts, tokenFile, pages });
  try {
    const xdsPort = await plane.start(`${address}:${port}`), page = await status.listen(statusAddress, statusPort);
    process.stdout.write(`ready: xDS ${address}:${xdsPort}, status http://${statusAddress}:${page}/status\n`);
    await stopped;
  } finally {
    await status.stop();
    await plane.stop();
    certificates?.stop();
  }
}

function statusServer(...given: ConstructorParameters<typeof StatusServer>): StatusServer {
  try {
    return new StatusServer(...given);
  } catch (error) {
    throw new Trouble(`--status-token-file: ${(error as Error).message}`);
  }
}

function certificatesOf({ tlsCert, tlsKey, tlsCa }: Pick<ServeFlags, "tlsCert" | "tlsKey" | "tlsCa">): Certificates | undefined {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  try {
    return new Certificates({ certificate: tlsCert, key: tlsKey, ca: tlsCa }, say);
  } catch (error) {
    throw new Trouble(`TLS: ${(error as Error).message}`);
  }
}
