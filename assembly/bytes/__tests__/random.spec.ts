import { Random } from "../random";

describe("Random", () => {
  // the first numbers of Java's SplittableRandom(0), which is SplitMix64
  it("gives the numbers of SplitMix64", () => {
    const random = new Random(0);
    expect(random.next()).toBe(0xe220a8397b1dcdaf);
    expect(random.next()).toBe(0x6e789e6aa1b965f4);
    expect(random.next()).toBe(0x06c45d188009454f);
  });

  it("keeps below", () => {
    const random = new Random(7), seen = new StaticArray<i32>(4);
    for (let i = 0; i < 4000; i++) seen[random.below(4)]++;
    for (let i = 0; i < 4; i++) expect(seen[i] > 800 && seen[i] < 1200).toBe(true);
    expect(random.below(0)).toBe(0);
    expect(random.below(1)).toBe(0);
  });
});
