import { BlockList, isIP } from "node:net";

/** Whether an address is in a range such as `10.0.0.0/8`, or is the address that stands in its place; undefined: it is no range. */
export function parseCidr(range: string): ((address: string) => boolean) | undefined {
  const [, base, bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(range) ?? [];
  const version = base === undefined ? 0 : isIP(base), most = version === 4 ? 32 : 128;
  if (base === undefined || version === 0 || Number(bits ?? most) > most) return undefined;
  const list = new BlockList();
  list.addSubnet(base, Number(bits ?? most), version === 4 ? "ipv4" : "ipv6");
  return (address) => {
    const own = isIP(address);
    return own !== 0 && list.check(address, own === 4 ? "ipv4" : "ipv6");
  };
}
