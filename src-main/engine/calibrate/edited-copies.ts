import sharp, { type Sharp } from "sharp";
import type { SeededRandom } from "../demo/seeded-random.ts";

interface Size {
  /** Sides in pixels. */
  readonly width: number;
  readonly height: number;
}

type Edit = (picture: Sharp, size: Size, random: SeededRandom) => Sharp;

/** Copies in the wild were often changed in more than one way. */
const TWICE_EDITED_SHARE = 0.5;

/** Ways in which copies differ from their originals. */
const EDITS: readonly [Edit, ...Edit[]] = [
  (picture) => picture.jpeg({ quality: 40 }),
  (picture) => picture.webp({ quality: 60 }),
  (picture, size) => picture.resize({ ...scaled(size, 0.5, 0.5), fit: "fill" }),
  (picture, size) => picture.resize({ ...scaled(size, 0.8, 1.1), fit: "fill" }),
  (picture) => picture.flop(),
  (picture) => picture.flip(),
  (picture) => picture.rotate(90),
  (picture) => picture.rotate(180),
  (picture, size, random) => crop(picture, size, 0.9, random),
  (picture, size, random) => crop(picture, size, 0.8, random),
  (picture, size, random) => crop(picture, size, 0.65, random),
  (picture, size, random) => crop(picture, size, 0.5, random).flop(),
  (picture) => picture.grayscale(),
  (picture) => picture.modulate({ brightness: 1.25, saturation: 0.7 }),
  (picture) => picture.linear(0.75, 20),
  (picture) => picture.modulate({ hue: 25 }),
  (picture) => picture.blur(1.5),
];

/**
 * Makes a copy of a picture as people do: encoded anew, scaled, mirrored, turned, cropped, recolored or blurred, half of the time in
 * two of these ways. The same picture and random numbers give the same copy.
 * @param bytes a picture in any format that sharp reads, upright
 * @returns another picture's bytes, in one of those formats
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

/** A part somewhere in the picture. @param side in sides of the whole */
function crop(picture: Sharp, whole: Size, side: number, random: SeededRandom): Sharp {
  const part = scaled(whole, side, side);
  const left = random.whole(0, whole.width - part.width);
  const top = random.whole(0, whole.height - part.height);
  return picture.extract({ left, top, ...part });
}
