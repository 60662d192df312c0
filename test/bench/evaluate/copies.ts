import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import {
  photoArchives,
  type Photo as UnpackedPhoto,
  unpackPhotos,
} from "../../../models/training/photos.ts";
import { type SeededRandom, seededRandom } from "../../../src-main/engine/demo/seeded-random.ts";
import { averagePrecision, type Ranked } from "./figures.ts";
import type { ImageSet, Matches } from "./methods.ts";

interface Photo {
  readonly picture: Sharp;
  /** Sides in pixels. */
  readonly width: number;
  readonly height: number;
}

type Edit = (photo: Photo, random: SeededRandom) => Sharp | Promise<Sharp>;

/** JPEG quality of copies whose edit does not set one. */
const SAVED_QUALITY = 92;
/** Photos edited at the same time. */
const EDITED_AT_ONCE = 16;

const jpeg =
  (quality: number): Edit =>
  ({ picture }) =>
    picture.jpeg({ quality });
const scale =
  (x: number, y: number): Edit =>
  ({ picture, width, height }) =>
    picture.resize(Math.round(width * x), Math.round(height * y), { fit: "fill" });
/** A window with this share of the area and the same aspect ratio, at a random position. */
const crop =
  (area: number): Edit =>
  ({ picture, ...whole }, random) => {
    const [width, height] = [whole.width, whole.height].map((side) =>
      Math.round(side * Math.sqrt(area)),
    ) as [number, number];
    const left = random.whole(0, whole.width - width);
    const top = random.whole(0, whole.height - height);
    return picture.extract({ left, top, width, height });
  };

/** How copies differ from their photos; the same edits as in `models/training/evaluate.py`. */
const EDITS: Record<string, Edit> = {
  "JPEG quality 75": jpeg(75),
  "JPEG quality 20": jpeg(20),
  "JPEG quality 5": jpeg(5),
  "half size": scale(1 / 2, 1 / 2),
  "eighth size": scale(1 / 8, 1 / 8),
  "crop to 90 % of the area": crop(0.9),
  "crop to 70 %": crop(0.7),
  "crop to 50 %": crop(0.5),
  mirrored: ({ picture }) => picture.flop(),
  "rotated 90": ({ picture }) => picture.rotate(90),
  "rotated 180": ({ picture }) => picture.rotate(180),
  "rotated 270": ({ picture }) => picture.rotate(270),
  "tilted 10 degrees, black corners": tilt,
  grayscale: ({ picture }) => picture.grayscale(),
  "brightness x 1.5": ({ picture }) => picture.linear(1.5, 0),
  "brightness x 0.6": ({ picture }) => picture.linear(0.6, 0),
  "tint and saturation": tint,
  "Gaussian blur 2 px": ({ picture }) => picture.blur(2),
  "noise 20/255": noise,
  "opaque box over 12 %": box,
  "squashed to 60 % width": scale(0.6, 1),
};

async function tilt({ picture, width, height }: Photo): Promise<Sharp> {
  const turned = await picture.rotate(10, { background: "black" }).png().toBuffer();
  const size = await sharp(turned).metadata();
  return sharp(turned).extract({
    left: Math.floor((size.width - width) / 2),
    top: Math.floor((size.height - height) / 2),
    width,
    height,
  });
}

function tint({ picture }: Photo, random: SeededRandom): Sharp {
  const gains = [0, 1, 2].map(() => Math.exp(random.between(-0.3, 0.3)));
  return picture.linear(gains, [0, 0, 0]).modulate({ saturation: random.pick([0.4, 1.8]) });
}

async function noise({ picture, width, height }: Photo, random: SeededRandom): Promise<Sharp> {
  const pixels = await picture.removeAlpha().raw().toBuffer();
  // The sum of four uniform numbers is close to normal; scaled by the square root of 3, its deviation is 1.
  const bell = () =>
    Math.sqrt(3) * [0, 1, 2, 3].reduce((sum) => sum + random.between(-0.5, 0.5), 0);
  for (const [at, value] of pixels.entries()) {
    pixels[at] = Math.min(255, Math.max(0, Math.round(value + 20 * bell())));
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

function box({ picture, ...whole }: Photo, random: SeededRandom): Sharp {
  const [width, height] = [Math.round(0.4 * whole.width), Math.round(0.3 * whole.height)];
  const [r, g, b] = [random.whole(0, 255), random.whole(0, 255), random.whole(0, 255)];
  const create = { width, height, channels: 3, background: { r, g, b } } as const;
  const left = random.whole(0, whole.width - width);
  const top = random.whole(0, whole.height - height);
  return picture.composite([{ input: { create }, left, top }]);
}

/** Copies made by one edit. Each has the name of its photo. */
export interface CopySet extends ImageSet {
  readonly edit: string;
}

/**
 * Copies of the 400 held-out photos by every edit, to be found among these photos and the 1,000 calibration photos.
 * @returns `null` when the photos do not exist
 */
export async function copySets(data: string, work: string): Promise<CopySet[] | null> {
  if (!photoArchives(data).every((archive) => existsSync(archive))) return null;
  const { heldOut, calibration } = unpackPhotos(data, join(work, "archives"));
  const gallery = join(work, "gallery");
  mkdirSync(gallery);
  for (const { name, file } of [...heldOut, ...calibration])
    copyFileSync(file, join(gallery, fileName(name)));
  const sets: CopySet[] = [];
  for (const [number, [edit, change]] of Object.entries(EDITS).entries()) {
    const queries = join(work, `copies-${number}`);
    mkdirSync(queries);
    const copy = async ({ name, file }: UnpackedPhoto, at: number) => {
      const bytes = await readFile(file);
      const { width, height } = await sharp(bytes).metadata();
      const photo = { picture: sharp(bytes), width, height };
      const edited = await change(photo, seededRandom(number, at));
      // JPEG edits have set the quality already.
      const saved = edit.startsWith("JPEG") ? edited : edited.jpeg({ quality: SAVED_QUALITY });
      await writeFile(join(queries, fileName(name)), await saved.toBuffer());
    };
    for (let first = 0; first < heldOut.length; first += EDITED_AT_ONCE) {
      const some = heldOut.slice(first, first + EDITED_AT_ONCE);
      await Promise.all(some.map((photo, at) => copy(photo, first + at)));
    }
    sets.push({ edit, queries, gallery });
  }
  return sets;
}

/** A file name without folders. */
function fileName(name: string): string {
  return name.replace("/", "-");
}

/** Share of copies whose best match is the original photo. */
export function recallAt1(matches: Matches): number {
  const right = [...matches].filter(([query, [nearest]]) => nearest?.path === query);
  return right.length / matches.size;
}

/** Average precision over all pairs of a copy and one of its best matches, for all edits. */
export function microAveragePrecision(all: readonly Matches[]): number {
  const ranked = all.flatMap((matches) =>
    [...matches].flatMap(([query, best]) =>
      best.map(({ path, score }): Ranked => ({ score, right: path === query })),
    ),
  );
  return averagePrecision(
    ranked,
    all.reduce((sum, { size }) => sum + size, 0),
  );
}
