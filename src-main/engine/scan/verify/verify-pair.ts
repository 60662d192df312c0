import { withPicture } from "../decode/decode.ts";
import { DARK, WHITE } from "../decode/ground.ts";
import { formOf, storedDigest } from "../decode/stored-digest.ts";
import type { StoredForm } from "../decode/stored-form.ts";
import { type PairAlignment, WHOLE_FRAME } from "../evidence/evidence.ts";
import { UPRIGHT } from "../evidence/orientation.ts";
import {
  type Box,
  contentBox,
  cut,
  type Pixels,
  pixelsOf,
  scaleTo,
  turn,
  unite,
} from "./pixels.ts";
import { readPlanes } from "./read-planes.ts";
import { moved, register } from "./registration.ts";
import { type ComparedPlanes, compareTiles, type TileVerdict } from "./tile-comparison.ts";

/**
 * What the aligned pictures of a pair show:
 * - `same-pixels`: everything stored is equal
 * - `resized`: what differs looks like re-encoding everywhere
 * - `edited`: a part, the transparency, the depth or the frames differ
 * - `different`: the little that either picture shows differs
 */
export type PairVerdict = "same-pixels" | "resized" | "edited" | "different";

/** Rows that are compared at a time at full resolution. */
const STRIP_ROWS = 512;
/** Larger pictures are compared at this size: three planes of both are in memory. */
const MOST_PIXELS = 50_000_000;
/** Share of the area that holds all content up to which a picture is mostly plain. */
const MOSTLY_PLAIN = 0.3;
/** Share of the little content that differs when the pictures are different ones. */
const LITTLE_DIFFERS = 0.15;
/** Excess over re-encoding that counts as a local difference: at full resolution, and in pictures that were shrunk. */
const FULL_EXCESS = 1.2;
const SHRUNK_EXCESS = 1.3;

/** A picture that is read for verifying its pairs. */
export interface VerifiedPicture {
  readonly form: StoredForm;
  /** Upright, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly pixels: Pixels;
}

/**
 * Reads a picture for comparing, at up to `side` pixels.
 * @throws UnreadableImageError
 */
export function readForVerifying(bytes: Buffer, side: number): Promise<VerifiedPicture> {
  return withPicture(bytes, async (picture) => {
    const { width, height, open } = picture;
    const scale = Math.min(
      1,
      side / Math.max(width, height),
      Math.sqrt(MOST_PIXELS / width / height),
    );
    const pixels = await pixelsOf(open(), Math.round(width * scale), Math.round(height * scale));
    return { form: await formOf(bytes, picture), width, height, pixels };
  });
}

/**
 * Compares two files at full resolution, tile by tile, where the second lies upright on the first.
 * @throws UnreadableImageError
 */
export async function verifyPair(a: Buffer, b: Buffer): Promise<PairVerdict> {
  const first = await readForVerifying(a, Number.POSITIVE_INFINITY);
  const second = await readForVerifying(b, Number.POSITIVE_INFINITY);
  if (first.width === second.width && first.height === second.height) {
    const digests = await Promise.all([storedDigest(a), storedDigest(b)]);
    if (digests[0].equals(digests[1])) return "same-pixels";
  }
  return comparePictures(first, second, ON_WHOLE, FULL_EXCESS);
}

const ON_WHOLE: PairAlignment = { orientation: UPRIGHT, frame: WHOLE_FRAME };

/** Compares pictures that were shrunk. @param alignment of the second on the first */
export function compareShrunk(
  a: VerifiedPicture,
  b: VerifiedPicture,
  alignment: PairAlignment,
): Promise<PairVerdict> {
  return comparePictures(a, b, alignment, SHRUNK_EXCESS);
}

async function comparePictures(
  a: VerifiedPicture,
  b: VerifiedPicture,
  alignment: PairAlignment,
  mostExcess: number,
): Promise<PairVerdict> {
  const overlap = await overlapOf(a.pixels, b.pixels, alignment);
  if (!overlap) return "different";
  const [first, second, isPlain] = onContent(...overlap);
  const onWhite = compareStrips(first, second, WHITE, mostExcess);
  const isOpaque = first.channels === 3 && second.channels === 3;
  const onDark = isOpaque ? onWhite : compareStrips(first, second, DARK, mostExcess);
  if (Math.max(onWhite.excess, onDark.excess) <= mostExcess)
    return hasMore(a.form) || hasMore(b.form) ? "edited" : "resized";
  const showsOther = ({ differing }: TileVerdict) => isPlain && differing >= LITTLE_DIFFERS;
  // A copy without transparency differs on the dark ground only.
  const isDifferent =
    first.channels === second.channels
      ? showsOther(onWhite) || showsOther(onDark)
      : showsOther(onWhite);
  return isDifferent ? "different" : "edited";
}

/** Whether a file stores more than the compared picture. */
function hasMore({ deep, frames, partial }: StoredForm): boolean {
  return deep || frames > 1 || partial;
}

/** Both pictures where either has content, if that is a small part: agreement of plain areas is no evidence. */
function onContent(a: Pixels, b: Pixels): [Pixels, Pixels, boolean] {
  const box = unite(contentBox(a), contentBox(b));
  if (!box) return [a, b, true];
  const share = ((box.right - box.left) * (box.bottom - box.top)) / (a.width * a.height);
  return share < MOSTLY_PLAIN ? [cut(a, box), cut(b, box), true] : [a, b, false];
}

function compareStrips(a: Pixels, b: Pixels, ground: number, mostExcess: number): TileVerdict {
  let [content, differing, excess] = [0, 0, 0];
  const { height } = a;
  const strips = Math.max(1, Math.ceil(height / STRIP_ROWS));
  for (let strip = 0; strip < strips; strip++) {
    const top = Math.floor((strip * height) / strips);
    const bottom = Math.floor(((strip + 1) * height) / strips);
    const first = readPlanes(a, ground, top, bottom);
    const second = readPlanes(b, ground, top, bottom);
    let verdict = compareTiles(first, second);
    if (verdict.excess > mostExcess) {
      const again = compareTiles(first, registered(first, second));
      if (again.excess < verdict.excess) verdict = again;
    }
    content += verdict.content / strips;
    differing += (verdict.differing * verdict.content) / strips;
    excess = Math.max(excess, verdict.excess);
  }
  return { content, differing: content > 0 ? differing / content : 0, excess };
}

/** The second picture, moved onto the first where they nearly coincide. */
function registered(a: ComparedPlanes, b: ComparedPlanes): ComparedPlanes {
  const shift = register(a[0], b[0]);
  if (!shift) return b;
  const half = { ...shift, x: shift.x / 2, y: shift.y / 2 };
  return [moved(b[0], shift), moved(b[1], half), moved(b[2], half)];
}

/** Both pictures where they overlap, at the smaller's resolution; `null` if the second's position is unknown. */
async function overlapOf(
  a: Pixels,
  b: Pixels,
  { orientation, frame }: PairAlignment,
): Promise<[Pixels, Pixels] | null> {
  if (!frame) return null;
  const turned = orientation === UPRIGHT ? b : await turn(b, orientation);
  const left = Math.max(0, frame.x);
  const top = Math.max(0, frame.y);
  const right = Math.min(1, frame.x + frame.width);
  const bottom = Math.min(1, frame.y + frame.height);
  if (right - left <= 0 || bottom - top <= 0) return null;
  const first = cut(a, boxOf(a, left, top, right, bottom));
  const [x, y] = [frame.x, frame.y];
  const [w, h] = [frame.width, frame.height];
  const second = cut(
    turned,
    boxOf(turned, (left - x) / w, (top - y) / h, (right - x) / w, (bottom - y) / h),
  );
  const width = Math.min(first.width, second.width);
  const height = Math.min(first.height, second.height);
  return [await scaleTo(first, width, height), await scaleTo(second, width, height)];
}

function boxOf({ width, height }: Pixels, x: number, y: number, x2: number, y2: number): Box {
  const [left, right] = [x, x2].map((at) => Math.round(at * width)) as [number, number];
  const [top, bottom] = [y, y2].map((at) => Math.round(at * height)) as [number, number];
  return { left, top, right, bottom };
}
