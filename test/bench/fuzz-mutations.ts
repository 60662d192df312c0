import { crc32 } from "node:zlib";
import type { SeededRandom } from "../../src-main/engine/demo/seeded-random.ts";

type Mutation = (bytes: Buffer, random: SeededRandom) => Buffer;

const at = (bytes: Buffer, random: SeededRandom) => random.whole(0, bytes.length - 1);

/** Headers are where most decisions are made, so half of all changes hit the first bytes. */
function inHeader(bytes: Buffer, random: SeededRandom): number {
  return random.chance(0.5) ? random.whole(0, Math.min(96, bytes.length) - 1) : at(bytes, random);
}

const SIZES = [
  0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
] as const;

const flipBits: Mutation = (bytes, random) => {
  for (let left = random.whole(1, 16); left > 0; left--) {
    const place = inHeader(bytes, random);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << random.whole(0, 7));
  }
  return bytes;
};

const cutEnd: Mutation = (bytes, random) => bytes.subarray(0, at(bytes, random));

/** Writes extreme numbers where sizes, counts and offsets are. */
const lieAboutSizes: Mutation = (bytes, random) => {
  for (let left = random.whole(1, 4); left > 0; left--) {
    const size = random.pick(SIZES);
    const place = Math.max(0, Math.min(inHeader(bytes, random), bytes.length - 4));
    const isShort = random.chance(0.5);
    if (bytes.length < 4) return bytes;
    if (isShort && random.chance(0.5)) bytes.writeUInt16BE(size & 0xffff, place);
    else if (isShort) bytes.writeUInt16LE(size & 0xffff, place);
    else if (random.chance(0.5)) bytes.writeUInt32BE(size, place);
    else bytes.writeUInt32LE(size, place);
  }
  return bytes;
};

/** Cuts the file into blocks and puts some of them elsewhere, twice or nowhere. */
const shuffleBlocks: Mutation = (bytes, random) => {
  const blocks: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = start + random.whole(4, Math.max(8, bytes.length >> 2));
    blocks.push(bytes.subarray(start, end));
    start = end;
  }
  const [first = Buffer.alloc(0), ...rest] = blocks;
  const shuffled = rest.map(() => rest[random.whole(0, rest.length - 1)] ?? first);
  return Buffer.concat([first, ...shuffled]);
};

const overwrite: Mutation = (bytes, random) => {
  const start = inHeader(bytes, random);
  const end = Math.min(bytes.length, start + random.whole(1, 256));
  const value = random.chance(0.5) ? random.pick([0, 0xff]) : null;
  for (let place = start; place < end; place++) bytes[place] = value ?? random.whole(0, 255);
  return bytes;
};

const insert: Mutation = (bytes, random) => {
  const start = inHeader(bytes, random);
  const piece = bytes.subarray(start, start + random.whole(1, 512));
  const copies = Array.from({ length: random.whole(1, 8) }, () => piece);
  return Buffer.concat([bytes.subarray(0, start), ...copies, bytes.subarray(start)]);
};

const MUTATIONS = [flipBits, cutEnd, lieAboutSizes, shuffleBlocks, overwrite, insert] as const;

/** Corrects a PNG's checksums as far as its chunks can be followed: decoders stop at the first wrong one. */
function withChecksums(bytes: Buffer): Buffer {
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end + 4 > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return bytes;
}

/** A copy of an image with one to three mutations. */
export function mutated(image: Buffer, random: SeededRandom): Buffer {
  let bytes: Buffer = Buffer.from(image);
  for (let left = random.whole(1, 3); left > 0 && bytes.length > 4; left--) {
    bytes = Buffer.from(random.pick(MUTATIONS)(bytes, random));
  }
  const isPng = bytes.toString("latin1", 1, 4) === "PNG";
  return isPng && random.chance(0.7) ? withChecksums(bytes) : bytes;
}
