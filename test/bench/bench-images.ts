/**
 * The images that benches read. Their raw material is photos: those of a folder that is named, those of `../shared/data`, or,
 * where neither is, pictures that the demo draws. What is made of them is kept in the system's temporary folder.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import sharp, { type Sharp } from "sharp";
import { drawSvg, SUBJECTS } from "../../src-main/engine/demo/draw.ts";
import { type SeededRandom, seededRandom } from "../../src-main/engine/demo/seeded-random.ts";

const CACHE = path.join(tmpdir(), "twinlens-bench");
const SHARED_DATA = path.resolve(import.meta.dirname, "../../../shared/data");
const SHARED_ARCHIVES = ["clothing.tar", "grocery.tar"];

/** Where pictures come from. */
export interface PhotoSource {
  /** In words, for what a bench prints. */
  readonly description: string;
  /** Tells the images made from this source from those made from another. */
  readonly key: string;
  readonly count: number;
  /** Opens one, numbered from 0. */
  open(photo: number): Sharp;
}

/** @param folder of photos (also in folders below it); by default the shared data, else drawings. */
export async function photoSource(folder?: string): Promise<PhotoSource> {
  if (folder !== undefined) {
    const root = path.resolve(folder);
    return fromFiles(`photos of ${root}`, root.replaceAll(/[^a-z0-9]+/gi, "-"), [root]);
  }
  if (existsSync(path.join(SHARED_DATA, "clothing.tar"))) {
    const folders = await Promise.all(SHARED_ARCHIVES.map(unpackShared));
    return fromFiles("photos of ../shared/data (clothing, grocery)", "shared", folders);
  }
  const drawn = await madeOnce(`drawn-${DRAWN_PICTURES}`, (into) =>
    forEachIndex(DRAWN_PICTURES, async (seed) => {
      const subject = SUBJECTS[seed % SUBJECTS.length] ?? "city";
      await sharp(Buffer.from(drawSvg({ subject, seed })))
        .flatten()
        .jpeg({ quality: DRAWN_QUALITY })
        .toFile(path.join(into, `${String(seed).padStart(5, "0")}.jpg`));
    }),
  );
  return fromFiles("pictures that the demo draws (no ../shared/data here)", "drawn", [drawn]);
}

const DRAWN_PICTURES = 600;
const DRAWN_QUALITY = 95;

async function fromFiles(
  description: string,
  key: string,
  folders: readonly string[],
): Promise<PhotoSource> {
  const lists = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(folder, { recursive: true }))
        .filter((name) => /\.(jpe?g|png|webp)$/i.test(name))
        .sort()
        .map((name) => path.join(folder, name)),
    ),
  );
  const files = lists.flat();
  if (files.length === 0) throw new Error(`There are no photos in ${folders.join(", ")}.`);
  return {
    description: `${files.length} ${description}`,
    key: `${key}-${files.length}`,
    count: files.length,
    open: (photo) => sharp(files[photo % files.length], { failOn: "none" }).autoOrient(),
  };
}

function unpackShared(archive: string): Promise<string> {
  return madeOnce(`shared-${path.parse(archive).name}`, async (folder) => {
    await promisify(execFile)("tar", ["-xf", path.join(SHARED_DATA, archive), "-C", folder]);
  });
}

/** A folder that is made when it isn't there yet; one that was made halfway never counts. */
async function madeOnce(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = path.join(CACHE, name);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${process.pid}.partial`;
  await mkdir(partial, { recursive: true });
  try {
    await make(partial);
    await rename(partial, folder);
  } catch (cause) {
    await rm(partial, { recursive: true, force: true });
    throw cause;
  }
  return folder;
}

const MOSAIC_COLUMNS = 3;
const MOSAIC_ROWS = 3;
const PIECE = { width: 167, height: 133 };
const PHOTO_QUALITY = 85;

/**
 * JPEG files of 501x399 in one folder. The shared photos have only 128 pixels on their shorter side, so that one of them enlarged
 * would be blurred and quick to decode; a mosaic of nine has the detail and the size, about 46 KB, of a real photo.
 */
export function photos500(source: PhotoSource, count: number): Promise<string> {
  return madeOnce(`photos-500-${count}-${source.key}`, (folder) =>
    forEachIndex(count, async (index) => {
      const random = seededRandom(index, 500);
      const pieces = await Promise.all(
        Array.from({ length: MOSAIC_COLUMNS * MOSAIC_ROWS }, async (_, place) => ({
          input: await source
            .open(random.whole(0, source.count - 1))
            .resize(PIECE.width, PIECE.height, { fit: "cover" })
            .png({ compressionLevel: 0 })
            .toBuffer(),
          left: (place % MOSAIC_COLUMNS) * PIECE.width,
          top: Math.floor(place / MOSAIC_COLUMNS) * PIECE.height,
        })),
      );
      const width = MOSAIC_COLUMNS * PIECE.width;
      const height = MOSAIC_ROWS * PIECE.height;
      await sharp({ create: { width, height, channels: 3, background: "#888" } })
        .composite(pieces)
        .jpeg({ quality: PHOTO_QUALITY })
        .toFile(path.join(folder, `${String(index).padStart(5, "0")}.jpg`));
    }),
  );
}

export const TINY_SIDE = 32;
const TINY_QUALITY = 95;

/** JPEG files of 32x32 in one folder, each a whole photo squashed. */
export function photos32(source: PhotoSource, count: number): Promise<string> {
  return madeOnce(`photos-32-${count}-${source.key}`, (folder) =>
    forEachIndex(count, async (index) => {
      await source
        .open(index % source.count)
        .resize(TINY_SIDE, TINY_SIDE, { fit: "fill" })
        .modulate({ brightness: 1 + 0.02 * Math.floor(index / source.count) })
        .jpeg({ quality: TINY_QUALITY })
        .toFile(path.join(folder, `${String(index).padStart(5, "0")}.jpg`));
    }),
  );
}

/** Share of the test split that is made from train images, as in CIFAR-10, and of train from itself. */
const TEST_DUPLICATES = 0.03;
const TRAIN_DUPLICATES = 0.01;
const CLASSES = 10;

/**
 * A data set of the shape of CIFAR: 32x32 JPEGs in `train/CLASS` and `test/CLASS`. Each image is another tile of a photo; tiles of
 * one photo don't overlap, so they resemble each other without being duplicates. On top come planted duplicates: edited
 * copies of train images.
 */
export function splits32(source: PhotoSource, train: number, test: number): Promise<string> {
  return madeOnce(`splits-32-${train}-${test}-${source.key}`, async (root) => {
    for (const split of ["train", "test"])
      for (let label = 0; label < CLASSES; label++)
        await mkdir(path.join(root, split, `class-${label}`), { recursive: true });
    const trainCopies = Math.round(train * TRAIN_DUPLICATES);
    const testCopies = Math.round(test * TEST_DUPLICATES);
    const distinctTrain = train - trainCopies;
    const distinct = distinctTrain + test - testCopies;
    const tilesAcross = Math.ceil(Math.sqrt(distinct / source.count));
    // The copies of a train image are made together with it, from its pixels.
    const copiesOf = new Map<number, string[]>();
    const random = seededRandom(train, test);
    const plant = (split: string, first: number, count: number) => {
      for (let copy = 0; copy < count; copy++) {
        const original = random.whole(0, distinctTrain - 1);
        const file = tinyFile(root, split, first + copy);
        copiesOf.set(original, [...(copiesOf.get(original) ?? []), file]);
      }
    };
    plant("train", distinctTrain, trainCopies);
    plant("test", test - testCopies, testCopies);

    await forEachIndex(source.count, async (photo) => {
      const { data, info } = await source
        .open(photo)
        .toColourspace("srgb")
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      const raw = { width: info.width, height: info.height, channels: 3 as const };
      const width = Math.floor(info.width / tilesAcross);
      const height = Math.floor(info.height / tilesAcross);
      for (let tile = 0; tile < tilesAcross ** 2; tile++) {
        // Photos take turns, so that a small data set does not consist of a few photos' tiles.
        const image = tile * source.count + photo;
        if (image >= distinct) continue;
        const pixels = await sharp(data, { raw })
          .extract({
            left: (tile % tilesAcross) * width,
            top: Math.floor(tile / tilesAcross) * height,
            width,
            height,
          })
          .resize(TINY_SIDE, TINY_SIDE, { fit: "fill" })
          .raw()
          .toBuffer();
        const inTrain = image < distinctTrain;
        const file = inTrain
          ? tinyFile(root, "train", image)
          : tinyFile(root, "test", image - distinctTrain);
        await writeFile(file, await tiny(pixels).jpeg({ quality: TINY_QUALITY }).toBuffer());
        for (const [at, copy] of (inTrain ? (copiesOf.get(image) ?? []) : []).entries()) {
          const edited = edit(tiny(pixels), seededRandom(image, at));
          await writeFile(copy, await edited.toBuffer());
        }
      }
    });
  });
}

function tinyFile(root: string, split: string, index: number): string {
  const name = `${String(index).padStart(5, "0")}.jpg`;
  return path.join(root, split, `class-${index % CLASSES}`, name);
}

function tiny(pixels: Buffer): Sharp {
  return sharp(pixels, { raw: { width: TINY_SIDE, height: TINY_SIDE, channels: 3 } });
}

/** A copy as people make them without meaning to. */
function edit(image: Sharp, random: SeededRandom): Sharp {
  const edits: [(i: Sharp) => Sharp, ...((i: Sharp) => Sharp)[]] = [
    (i) => i.jpeg({ quality: TINY_QUALITY }), // the very same bytes
    (i) => i.jpeg({ quality: 75 }),
    (i) => i.flop().jpeg({ quality: TINY_QUALITY }),
    (i) => i.modulate({ brightness: 1.15 }).jpeg({ quality: TINY_QUALITY }),
    (i) => i.extract({ left: 2, top: 2, width: 28, height: 28 }).jpeg({ quality: TINY_QUALITY }),
  ];
  return random.pick(edits)(image);
}

async function forEachIndex(
  count: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: 4 * availableParallelism() }, worker));
}
