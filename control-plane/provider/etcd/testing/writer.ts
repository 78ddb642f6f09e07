import { WireType } from "@bufbuild/protobuf/wire";
import { EtcdClient } from "../client.ts";
import { readFields, textFields } from "../messages.ts";

/** Writes to etcd as Dubbo's servers do. */
export class EtcdWriter {
  private readonly client: EtcdClient;

  constructor(server: string) { this.client = new EtcdClient(server); }

  close(): void { this.client.close(); }

  login(username: string, password: string): Promise<void> { return this.client.login({ username, password }); }

  put(key: string, lease = 0n): Promise<void> {
    return this.client.ask("KV/Put", textFields(key, "").tag(3, WireType.Varint).int64(lease).finish(), () => undefined);
  }

  delete(key: string): Promise<void> { return this.client.ask("KV/DeleteRange", textFields(key).finish(), () => undefined); }

  /** A lease of these many seconds. */
  grant(seconds: number): Promise<bigint> {
    return this.client.ask("Lease/LeaseGrant", textFields().tag(1, WireType.Varint).int64(seconds).finish(), (bytes) => {
      let id = 0n;
      readFields(bytes, { 2: (reader) => { id = BigInt(reader.int64()); } });
      return id;
    });
  }

  revoke(lease: bigint): Promise<void> {
    return this.client.ask("Lease/LeaseRevoke", textFields().tag(1, WireType.Varint).int64(lease).finish(), () => undefined);
  }

  /** All revisions before the one that is current now are forgotten. */
  async compact(prefix: string): Promise<bigint> {
    const { revision } = await this.client.keys(prefix);
    await this.client.ask("KV/Compact", textFields().tag(1, WireType.Varint).int64(revision).finish(), () => undefined);
    return revision;
  }

  /** From now on only `root` with this password may read and write. */
  async requirePassword(password: string): Promise<void> {
    await this.client.ask("Auth/UserAdd", textFields("root", password).finish(), () => undefined);
    await this.client.ask("Auth/UserGrantRole", textFields("root", "root").finish(), () => undefined);
    await this.client.ask("Auth/AuthEnable", textFields().finish(), () => undefined);
  }
}
