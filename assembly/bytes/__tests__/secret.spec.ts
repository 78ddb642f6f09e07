import { Secrets } from "../secret";
import { utf8Bytes } from "../utf8";

function opens(given: string, secrets: string[]): bool {
  const all = new Secrets(), bytes = utf8Bytes(given);
  for (let i = 0; i < secrets.length; i++) all.add(secrets[i]);
  return all.has(changetype<usize>(bytes), bytes.length);
}

describe("Secrets", () => {
  it("has each of its texts and nothing else", () => {
    const all = ["alpha", "b", "open sesame"];
    for (let i = 0; i < all.length; i++) expect(opens(all[i], all)).toBe(true);
    expect(opens("alphb", all)).toBe(false);
    expect(opens("alph", all)).toBe(false);
    expect(opens("alphaa", all)).toBe(false);
    expect(opens("bb", all)).toBe(false);
    expect(opens("bbbb", ["bbb"])).toBe(false);
    expect(opens("\0", ["\xff"])).toBe(false);
  });

  it("nothing given, or none there, opens nothing", () => {
    expect(opens("", ["alpha"])).toBe(false);
    expect(opens("alpha", [])).toBe(false);
  });
});
