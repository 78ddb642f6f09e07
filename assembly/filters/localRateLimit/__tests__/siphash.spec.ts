import { sipHash } from "../siphash";

describe("SipHash-2-4", () => {
  // from the reference implementation's vectors (key 00..0f, message 00..length-1)
  it("gives the hashes of its authors", () => {
    const bytes = new StaticArray<u8>(64), at = changetype<usize>(bytes);
    for (let i = 0; i < 64; i++) bytes[i] = <u8>i;
    const k0 = load<u64>(at), k1 = load<u64>(at, 8);
    expect(sipHash(k0, k1, at, 0)).toBe(0x726fdb47dd0e0e31);
    expect(sipHash(k0, k1, at, 1)).toBe(0x74f839c593dc67fd);
    expect(sipHash(k0, k1, at, 8)).toBe(0x93f5f5799a932462);
    expect(sipHash(k0, k1, at, 15)).toBe(0xa129ca6149be45e5);
    expect(sipHash(k0, k1, at, 63)).toBe(0x958a324ceb064572);
  });
});
