/**
 * Images for benchmarks, made from the photos of a given folder, else from those in `../shared/data`, else from drawings by
 * the demo. Generated images are cached in the system's temporary folder.
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

/** A source of pictures. */
export interface PhotoSource {
  /** Text for a benchmark's output. */
  readonly description: string;
  /** Identifies images that were made from this source. */
  readonly key: string;
  readonly count: number;
  /** Opens a picture by its number, from 0. */
  open(photo: number): Sharp;
}

/** @param folder of photos, searched recursively; by default the shared data, else drawings */
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
  return fromFiles("drawn pictures (../shared/data does not exist)", "drawn", [drawn]);
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
  if (files.length === 0)
    throw new Error(`No photos in ${folders.join(", ")}. Choose another folder.`);
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

/** Makes a folder unless it exists. An incomplete folder is never used. */
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
 * JPEG files of 501x399 pixels in one folder. The shared photos have only 128 pixels on the shorter side; enlarged, they
 * would be blurred and fast to decode. A mosaic of nine has the detail and the size of a real photo, about 46 KB.
 */
export function photos500(source: PhotoSource, count: number): Promise<string> {
  return madeOnce(`photos-500-${count}-${source.key}`, (folder) =>
    forEachIndex(count, async (index) => {
      const random = seededRandom(index, 500);
      const pieces = await Promise.all(
        Array.from({ length: MOSAIC_COLUMNS * MOSAIC_ROWS }, async (_, piece) => ({
          input: await source
            .open(random.whole(0, source.count - 1))
            .resize(PIECE.width, PIECE.height, { fit: "cover" })
            .png({ compressionLevel: 0 })
            .toBuffer(),
          left: (piece % MOSAIC_COLUMNS) * PIECE.width,
          top: Math.floor(piece / MOSAIC_COLUMNS) * PIECE.height,
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

/** JPEG files of 32x32 pixels in one folder, each a whole photo, squashed. */
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

/** Share of test images that are copies of train images, as in CIFAR-10, and of train images that are. */
const TEST_DUPLICATES = 0.03;
const TRAIN_DUPLICATES = 0.01;
const CLASSES = 10;

/**
 * A data set like CIFAR: 32x32 JPEGs in `train/CLASS` and `test/CLASS`. Each image is a tile of a photo; tiles of one photo
 * do not overlap, so they are similar without being duplicates. Edited copies of train images are planted as duplicates.
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
    // A train image's copies are made together with it, from its pixels.
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
        // Cycle through the photos, so that a small data set does not consist of a few photos' tiles.
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

/** An edit that people make unintentionally. */
function edit(image: Sharp, random: SeededRandom): Sharp {
  const edits: [(i: Sharp) => Sharp, ...((i: Sharp) => Sharp)[]] = [
    (i) => i.jpeg({ quality: TINY_QUALITY }), // identical bytes
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
