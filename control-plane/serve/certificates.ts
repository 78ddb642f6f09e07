import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { experimental, type ServerCredentials } from "@grpc/grpc-js";
import { PathWatcher } from "../provider/watch.ts";

/** PEM files; with `ca`, clients must show a certificate that it has signed. */
export interface TlsFiles { certificate: string; key: string; ca?: string }

type IdentityListener = experimental.IdentityCertificateUpdateListener;
type CaListener = experimental.CaCertificateUpdateListener;
interface Loaded { certificate: Buffer; privateKey: Buffer; caCertificate?: Buffer }

/** The server's certificate as its files have it now. Files that do not go together, as in the middle of a change, change nothing. */
export class Certificates implements experimental.CertificateProvider {
  private readonly identityListeners = new Set<IdentityListener>();
  private readonly caListeners = new Set<CaListener>();
  private readonly watcher: PathWatcher;
  private loaded: Loaded;

  /** Throws if the files cannot be used. */
  constructor(private readonly files: TlsFiles, private readonly log: (line: string) => void) {
    this.loaded = load(files);
    this.watcher = new PathWatcher([files.certificate, files.key, ...(files.ca ? [files.ca] : [])], () => this.reload());
  }

  credentials(): ServerCredentials {
    const clients = this.files.ca === undefined ? null : this;
    // identity first, whatever the names in its declaration say
    return experimental.createCertificateProviderServerCredentials(this, clients, clients !== null);
  }

  stop(): void { this.watcher.stop(); }

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.identityListeners.add(listener);
    // who listens is not yet heard by the server itself
    process.nextTick(() => listener(this.loaded));
  }
  removeIdentityCertificateListener(listener: IdentityListener): void { this.identityListeners.delete(listener); }

  addCaCertificateListener(listener: CaListener): void {
    this.caListeners.add(listener);
    process.nextTick(() => listener({ caCertificate: this.loaded.caCertificate! }));
  }
  removeCaCertificateListener(listener: CaListener): void { this.caListeners.delete(listener); }

  private reload(): void {
    let loaded: Loaded;
    try {
      loaded = load(this.files);
    } catch (error) {
      this.log(`certificates: ${(error as Error).message}; the previous ones stay in use`);
      return;
    }
    if (same(loaded, this.loaded)) return;
    this.loaded = loaded;
    for (const listener of this.identityListeners) listener(loaded);
    for (const listener of this.caListeners) listener({ caCertificate: loaded.caCertificate! });
    this.log("certificates: reloaded");
  }
}

function load({ certificate, key, ca }: TlsFiles): Loaded {
  const loaded = { certificate: readFileSync(certificate), privateKey: readFileSync(key), ...(ca === undefined ? {} : { caCertificate: readFileSync(ca) }) };
  try {
    createSecureContext({ cert: loaded.certificate, key: loaded.privateKey, ca: loaded.caCertificate });
  } catch (error) {
    throw new Error(`${certificate}, ${key}${ca === undefined ? "" : `, ${ca}`}: ${(error as Error).message}`);
  }
  return loaded;
}

const same = (one: Loaded, other: Loaded): boolean =>
  one.certificate.equals(other.certificate) && one.privateKey.equals(other.privateKey) && (one.caCertificate?.equals(other.caCertificate!) ?? true);
