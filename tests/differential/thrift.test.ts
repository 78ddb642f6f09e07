/**
 * Damaged and odd requests, written by the real libraries: what `decode` says of each, behind filters that guard and held against the
 * IDL, against what real servers run of the bytes that pass. Where they differ and we neither refuse nor hide, a rule would hold for
 * another message than the server's. MELTEMI_DIFFERENTIAL_FRAMES and MELTEMI_DIFFERENTIAL_SEED: more of them, or others.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildAll } from "../../harness/build/all.ts";
import { idlOf } from "../../harness/cli/decoding/idl.ts";
import { Inspector } from "../../harness/emulator/inspector.ts";
import { type Frames, startFrames } from "../../harness/peers/thrift/index.ts";
import { ROOT } from "../../harness/tools/paths.ts";
import { Damage } from "./damage.ts";
import { difference, type Passing, passing, randomCall } from "./thrift.ts";

const COUNT = Number(process.env.MELTEMI_DIFFERENTIAL_FRAMES ?? 500), SEED = Number(process.env.MELTEMI_DIFFERENTIAL_SEED ?? 1);
const SOUND = 200;

/** Types, versions, lengths, and what names are split by. */
const BYTES = [0, 0, 0, 1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 13, 14, 15, 16, 0x18, 0x1c, 0x15, 0x19, 0x21, 0x40, 0x41, 0x7f, 0x80, 0x82, 0x88, 0x8b, 0x8c, 0xff, 0x3a, 0x64];
const STACKS = [
  { transport: "framed", protocol: "binary", readers: ["python", "go", "node"] }, { transport: "framed", protocol: "compact", readers: ["python", "go", "node"] },
  { transport: "buffered", protocol: "binary", readers: ["python", "go", "node"] }, { transport: "buffered", protocol: "compact", readers: ["python", "go", "node"] },
  { transport: "header", protocol: "binary", readers: ["python", "go"] }, { transport: "header", protocol: "compact", readers: ["python", "go"] },
] as const;

const [module] = await buildAll(["thrift"]);
const inspector = Inspector.load(module!.wasm), idl = idlOf([join(ROOT, "harness/peers/thrift/demo.thrift")]);

/** Damages one message within its frame, or the stream as it is. */
function damaged(stream: Buffer, damage: Damage, hasFrames: boolean): Buffer {
  if (!hasFrames || damage.below(3) === 0) return damage.of(stream);
  const frames: Buffer[] = [];
  for (let at = 0; at < stream.length; at += 4 + stream.readUInt32BE(at)) frames.push(stream.subarray(at + 4, at + 4 + stream.readUInt32BE(at)));
  const hurt = damage.below(frames.length);
  return Buffer.concat(frames.flatMap((frame, i) => {
    const content = i === hurt ? damage.of(frame) : frame, length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return [length, content];
  }));
}

for (const { transport, protocol, readers } of STACKS) {
  const transports = [transport === "buffered" ? "unframed" : transport], options = { transports, protocols: [protocol], idl };
  describe(`${transport} ${protocol}`, () => {
    const peers: Record<string, Frames> = {};
    let sound: Buffer[], soundly: Passing[], hurt: Passing[];
    before(async () => {
      // Node's readers take names without a service only; the others are asked both ways.
      for (const library of readers) for (const plain of library === "node" ? [true] : [false, true]) peers[`${library}${plain ? "" : " with services"}`] = await startFrames(library, { transport, protocol, plain });
      const damage = new Damage(SEED), streams = Array.from({ length: SOUND }, () => Array.from({ length: 1 + damage.below(3) }, () => randomCall(damage)));
      sound = [...await peers.python!.write(streams), ...await peers.go!.write(streams)];
      const damages = new Damage(SEED, BYTES), read = (stream: Buffer): Passing => passing(inspector, options, stream);
      soundly = sound.map(read);
      hurt = Array.from({ length: COUNT }, () => read(damaged(sound[damages.below(sound.length)]!, damages, transport !== "buffered")));
    });
    after(() => Promise.all(Object.values(peers).map((peer) => peer.stop())));

    /** How many calls were run, and where decode says something else. */
    async function compare(passed: Passing[], reader: string): Promise<{ differences: string[]; ran: number; passed: number; refused: number }> {
      const all = await peers[reader]!.run(passed.map(({ bytes }) => bytes));
      const differences = all.flatMap((ran, i) => {
        const differs = difference(passed[i]!.requests, ran, reader.endsWith("services"));
        return differs ? [`${differs}: ${passed[i]!.bytes.toString("hex")}`] : [];
      });
      const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
      return { differences, ran: sum(all.map((each) => each.length)), passed: sum(passed.map(({ requests }) => requests.length)), refused: sum(passed.map((each) => each.refused)) };
    }

    for (const reader of readers.flatMap((library) => library === "node" ? [library] : [library, `${library} with services`])) {
      test(`${reader} runs what decode says`, async () => {
        const { differences, ran, passed, refused } = await compare(soundly, reader);
        assert.deepEqual(differences.slice(0, 5), []);
        assert.equal(refused, 0, "nothing is wrong with them");
        assert.ok(reader.endsWith("services") ? ran === passed : ran > passed / 2, `${ran} of ${passed}`);
      });

      test(`${COUNT} damaged streams: ${reader} runs nothing else than what decode says`, async () => {
        const { differences, ran, passed } = await compare(hurt, reader);
        assert.deepEqual(differences.slice(0, 5), [], `${differences.length} of ${COUNT}`);
        assert.ok(ran > COUNT / 10, `${ran} of ${passed}`);
      });
    }
  });
}
