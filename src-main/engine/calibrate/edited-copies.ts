import sharp, { type Sharp } from "sharp";
import type { SeededRandom } from "../demo/seeded-random.ts";

interface Size {
  /** Sides in pixels. */
  readonly width: number;
  readonly height: number;
}

type Edit = (picture: Sharp, size: Size, random: SeededRandom) => Sharp;

/** Real copies are often changed in more than one way. */
const TWICE_EDITED_SHARE = 0.5;

/** Largest angle by which photos are straightened. */
const LARGEST_TILT_DEGREES = 4;

/** How copies differ from their originals. */
const EDITS: readonly [Edit, ...Edit[]] = [
  (picture) => picture.jpeg({ quality: 40 }),
  (picture) => picture.webp({ quality: 60 }),
  (picture, size) => picture.resize({ ...scaled(size, 0.5, 0.5), fit: "fill" }),
  (picture, size) => picture.resize({ ...scaled(size, 0.8, 1.1), fit: "fill" }),
  (picture) => picture.flop(),
  (picture) => picture.flip(),
  (picture) => picture.rotate(90),
  (picture) => picture.rotate(180),
  (picture, size, random) => crop(picture, scaled(size, 0.9, 0.9), size, random),
  (picture, size, random) => crop(picture, scaled(size, 0.8, 0.8), size, random),
  (picture, size, random) => crop(picture, scaled(size, 0.65, 0.65), size, random),
  (picture, size, random) => crop(picture, scaled(size, 0.5, 0.5), size, random).flop(),
  (picture, size, random) =>
    crop(picture, scaled(size, random.between(0.75, 1), random.between(0.75, 1)), size, random),
  straighten,
  (picture) => picture.grayscale(),
  (picture) => picture.modulate({ brightness: 1.25, saturation: 0.7 }),
  (picture) => picture.linear(0.75, 20),
  (picture) => picture.modulate({ hue: 25 }),
  (picture) => picture.blur(1.5),
];

/**
 * Makes a realistic copy of a picture: re-encoded, scaled, mirrored, rotated, straightened, cropped, recolored or blurred,
 * in half of the cases by two of these edits. The same picture and random numbers give the same copy.
 * @param bytes an upright picture in any format that sharp reads
 * @returns the copy, in one of those formats
 */
export async function editedCopy(bytes: Buffer, random: SeededRandom): Promise<Buffer> {
  let copy = bytes;
  for (let edits = random.chance(TWICE_EDITED_SHARE) ? 2 : 1; edits > 0; edits--) {
    const { width, height } = await sharp(copy).metadata();
    copy = await random.pick(EDITS)(sharp(copy), { width, height }, random).toBuffer();
  }
  return copy;
}

function scaled({ width, height }: Size, x: number, y: number): Size {
  return {
    width: Math.max(1, Math.round(width * x)),
    height: Math.max(1, Math.round(height * y)),
  };
}

/** Rotates by a few degrees and crops the empty corners. */
function straighten(picture: Sharp, { width, height }: Size, random: SeededRandom): Sharp {
  const degrees = random.between(1, LARGEST_TILT_DEGREES) * (random.chance(0.5) ? 1 : -1);
  const [sine, cosine] = [Math.sin, Math.cos].map((of) => of((Math.abs(degrees) * Math.PI) / 180));
  // The rotated picture's bounding box, and the largest part with the same aspect ratio that it fills.
  const box = {
    width: width * (cosine ?? 1) + height * (sine ?? 0),
    height: height * (cosine ?? 1) + width * (sine ?? 0),
  };
  const share = Math.min(width / box.width, height / box.height);
  const part = scaled({ width: width - 2, height: height - 2 }, share, share);
  const left = Math.max(0, Math.floor((box.width - part.width) / 2));
  const top = Math.max(0, Math.floor((box.height - part.height) / 2));
  return picture.rotate(degrees, { background: "black" }).extract({ left, top, ...part });
}

/** Cuts out a part at a random position. */
function crop(picture: Sharp, part: Size, whole: Size, random: SeededRandom): Sharp {
  const left = random.whole(0, whole.width - part.width);
  const top = random.whole(0, whole.height - part.height);
  return picture.extract({ left, top, ...part });
}
