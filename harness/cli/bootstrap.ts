import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { InvalidArgumentError, type Command } from "commander";
import { compile, loadResources, statsConfig, xdsBootstrap, xdsSecrets, type Ir, type XdsTls } from "../../control-plane/index.ts";
import { loadModules } from "./modules.ts";

interface BootstrapFlags {
  xds: { address: string; port: number };
  node: string;
  services?: string[];
  sotw?: boolean;
  file?: string[];
  wasm?: string[];
  adminPort: string;
  tlsCert?: string;
  tlsKey?: string;
  tlsCa?: string;
  tlsName?: string;
  output?: string;
}

const HELP = `
The Envoy gets everything else from the control plane. With -o, Envoy reloads certificates when they are replaced: the files that it needs for this are
written beside the bootstrap, <file>.certificate.json and <file>.ca.json.

  meltemi bootstrap --xds 127.0.0.1:18000 -o envoy.json && meltemi envoy envoy.json
  meltemi bootstrap --xds mesh.example:18000 --services shop.example '*.stock.example' --tls-ca ca.crt --tls-cert me.crt --tls-key me.key -o envoy.json`;

/** Adds `meltemi bootstrap` to a program. */
export function addBootstrap(program: Command): Command {
  const command = program.command("bootstrap").description("print the bootstrap for an Envoy that gets its configuration from `meltemi serve`")
    .requiredOption("--xds <address:port>", "the address of the control plane", addressAndPort)
    .option("--node <id>", "the Envoy's node id, which must be unique", hostname())
    .option("--services <host...>", "only these services; *.example: all hosts below (default: all)")
    .option("--sotw", "use state of the world xDS instead of delta")
    .option("-f, --file <path...>", "resources, for the labels of their metrics")
    .option("--wasm <file...>", "a custom module, in addition to those that ship")
    .option("--admin-port <port>", "Envoy's admin port on 127.0.0.1 (default: a free one)", "0")
    .option("--tls-ca <file>", "use TLS: the certificate authority (PEM) of the control plane's certificate")
    .option("--tls-name <name>", "the server name in the control plane's certificate")
    .option("--tls-cert <file>", "the Envoy's own certificate")
    .option("--tls-key <file>", "the key of --tls-cert")
    .option("-o, --output <file>", "write to this file instead of standard output").addHelpText("after", HELP);
  return command.action(async (flags: BootstrapFlags) => {
    if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined)) command.error("error: --tls-cert and --tls-key must be given together", { exitCode: 2 });
    if (flags.tlsCa === undefined && (flags.tlsCert ?? flags.tlsName) !== undefined) command.error("error: TLS needs --tls-ca", { exitCode: 2 });
    await print(flags);
  });
}

function addressAndPort(text: string): BootstrapFlags["xds"] {
  const parts = /^(.+):(\d+)$/.exec(text), port = Number(parts?.[2]);
  if (!parts || port < 1 || port > 65535) throw new InvalidArgumentError("allowed: <address>:<port>");
  return { address: parts[1]!.replace(/^\[(.*)\]$/, "$1"), port };
}

async function print({ xds, node, services, sotw, file, wasm, adminPort, output, ...flags }: BootstrapFlags): Promise<void> {
  const tls = tlsOf(flags, output);
  const bootstrap = xdsBootstrap({
    ...xds, node: { id: node, ...(services ? { metadata: { services } } : {}) }, mode: sotw ? "sotw" : "delta",
    adminPort: Number(adminPort), stats: statsConfig(await meshOf(file, wasm)), tls,
  });
  const text = `${JSON.stringify(bootstrap, null, 2)}\n`;
  if (output === undefined) process.stdout.write(text);
  else writeFileSync(output, text);
  if (!tls?.secrets) return;
  const { certificate, ca } = xdsSecrets(tls);
  writeFileSync(tls.secrets.ca, JSON.stringify(ca));
  if (tls.secrets.certificate) writeFileSync(tls.secrets.certificate, JSON.stringify(certificate));
}

async function meshOf(file: string[] | undefined, wasm: string[] | undefined): Promise<Ir> {
  const compiled = file && compile(await loadResources(file), await loadModules(wasm));
  return compiled?.ok ? compiled.ir : { listeners: [], clusters: [], services: [] };
}

function tlsOf({ tlsCert, tlsKey, tlsCa, tlsName }: Pick<BootstrapFlags, "tlsCert" | "tlsKey" | "tlsCa" | "tlsName">, output: string | undefined): XdsTls | undefined {
  if (tlsCa === undefined) return undefined;
  const own = tlsCert && tlsKey ? { certificate: resolve(tlsCert), key: resolve(tlsKey) } : {};
  const beside = output && resolve(output);
  const secrets = beside ? { ca: `${beside}.ca.json`, ...(tlsCert ? { certificate: `${beside}.certificate.json` } : {}) } : undefined;
  return { ...own, ca: resolve(tlsCa), ...(tlsName ? { serverName: tlsName } : {}), ...(secrets ? { secrets } : {}) };
}
