import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import sharp, { type Sharp } from "sharp";
import { EngineError } from "../../contract/errors.ts";
import type { EvidenceKind } from "../../contract/evidence-kind.ts";
import { drawPixels, PICTURE_HEIGHT, PICTURE_WIDTH, SUBJECTS, type Subject } from "./draw.ts";

export interface DemoOptions {
  /** Any integer; equal seeds give equal bytes. Default 1. */
  readonly seed?: number;
  /** Number of distinct images, without planted pairs; at least {@link MIN_IMAGES}. Default {@link DEMO_SIZE}.distinct. */
  readonly images?: number;
}

/** Two files that are duplicates or, with kind `similar`, only look alike. */
export interface KnownPair {
  /** Path of the earlier file, relative to the demo's folder, with `/` between folders. */
  readonly a: string;
  readonly b: string;
  readonly kind: EvidenceKind;
}

export interface DemoManifest {
  /** The demo's folder, absolute. */
  readonly root: string;
  /** Folder of each split, absolute. */
  readonly splits: { readonly train: string; readonly test: string; readonly val: string };
  /** Image files written, duplicates included. */
  readonly images: number;
  /** Every pair that was planted, sorted by kind's name and path. */
  readonly pairs: readonly KnownPair[];
}

/** List of planted pairs in the demo's folder. */
export const KNOWN_DUPLICATES_FILE = "known-duplicates.csv";

/** Split folders of the demo. */
export const DEMO_SPLITS = ["train", "test", "val"] as const;
/** Fewer images would leave planted pairs without an original. */
const MIN_IMAGES = 50;
const JPEG_QUALITY = 90;
/** Images drawn at the same time. sharp itself uses four threads. */
const DRAWN_AT_ONCE = 8;

type Split = (typeof DEMO_SPLITS)[number];
type Format = "jpg" | "png" | "webp";
type Edit = (picture: Sharp) => Sharp;

/** How a pair's second file is made from an image in train, and its split. */
interface Planting {
  readonly kind: EvidenceKind;
  readonly split: Split;
  /** Name of the edit, used in the file name. */
  readonly name: string;
  /** Edits the original's pixels. Without it, the original's bytes are copied. */
  readonly edit?: Edit;
  /** Draws another moment of the same scene: similar, but not a duplicate. */
  readonly moment?: number;
  readonly from?: Format;
  readonly to?: Format;
  /** Puts the copy into another class's folder. */
  readonly mislabeled?: boolean;
}

const asItIs: Edit = (picture) => picture;
const cut =
  (left: number, top: number, share: number): Edit =>
  (picture) =>
    picture.extract({
      left: Math.round(left * PICTURE_WIDTH),
      top: Math.round(top * PICTURE_HEIGHT),
      width: Math.round(share * PICTURE_WIDTH),
      height: Math.round(share * PICTURE_HEIGHT),
    });

const PLANTINGS: readonly Planting[] = [
  { kind: "same-bytes", split: "train", name: "copy" },
  { kind: "same-bytes", split: "test", name: "copy" },
  { kind: "same-bytes", split: "train", name: "copy", mislabeled: true },
  { kind: "same-pixels", split: "train", name: "lossless", edit: asItIs, from: "png", to: "webp" },
  {
    kind: "same-pixels",
    split: "test",
    name: "resaved",
    edit: (picture) => picture.withExif({ IFD0: { ImageDescription: "Saved again" } }),
    from: "png",
    to: "png",
  },
  { kind: "resized", split: "train", name: "webp", edit: asItIs, to: "webp" },
  { kind: "resized", split: "test", name: "half", edit: (picture) => picture.resize(160) },
  { kind: "resized", split: "test", name: "large", edit: (picture) => picture.resize(480) },
  {
    kind: "resized",
    split: "val",
    name: "square",
    edit: (p) => p.resize(224, 224, { fit: "fill" }),
  },
  { kind: "flipped", split: "train", name: "mirrored", edit: (picture) => picture.flop() },
  { kind: "flipped", split: "test", name: "mirrored", edit: (picture) => picture.flop() },
  { kind: "flipped", split: "train", name: "upside-down", edit: (picture) => picture.flip() },
  { kind: "rotated", split: "train", name: "turned-90", edit: (picture) => picture.rotate(90) },
  { kind: "rotated", split: "test", name: "turned-180", edit: (picture) => picture.rotate(180) },
  { kind: "cropped", split: "train", name: "crop-85", edit: cut(0.05, 0.12, 0.85) },
  { kind: "cropped", split: "test", name: "crop-75", edit: cut(0.2, 0.1, 0.75) },
  { kind: "cropped", split: "test", name: "crop-65", edit: cut(0.15, 0.3, 0.65) },
  { kind: "recolored", split: "train", name: "gray", edit: (picture) => picture.grayscale() },
  {
    kind: "recolored",
    split: "test",
    name: "bright",
    edit: (picture) => picture.modulate({ brightness: 1.2, saturation: 0.6 }),
  },
  { kind: "recolored", split: "test", name: "low-contrast", edit: (p) => p.linear(0.65, 45) },
  { kind: "similar", split: "train", name: "another-moment", moment: 1 },
  { kind: "similar", split: "test", name: "another-moment", moment: 1 },
  { kind: "similar", split: "test", name: "another-moment", moment: 2 },
  { kind: "similar", split: "val", name: "another-moment", moment: 1 },
];

/** The default demo's number of distinct images and planted pairs. Each pair adds one file. */
export const DEMO_SIZE = { distinct: 120, pairs: PLANTINGS.length } as const;

/** A distinct image and its file. */
interface Original {
  readonly subject: Subject;
  readonly seed: number;
  readonly number: string;
  readonly split: Split;
  readonly format: Format;
  readonly planting: Planting | undefined;
}

/** Of every seven images of a class, five are in train, one in test, and one in val. */
function splitOf(numberInClass: number): Split {
  const turn = numberInClass % 7;
  return turn === 3 ? "test" : turn === 5 ? "val" : "train";
}

function planOriginals(images: number, seed: number): Original[] {
  const plantings = PLANTINGS.values();
  return Array.from({ length: images }, (_, index) => {
    const numberInClass = Math.floor(index / SUBJECTS.length);
    const split = splitOf(numberInClass);
    const planting = split === "train" ? plantings.next().value : undefined;
    return {
      subject: SUBJECTS[index % SUBJECTS.length] ?? SUBJECTS[0],
      seed: seed * 100_003 + index,
      number: String(numberInClass + 1).padStart(3, "0"),
      split,
      format: planting?.from ?? "jpg",
      planting,
    };
  });
}

function encode(picture: Sharp, format: Format, lossless: boolean): Promise<Buffer> {
  if (format === "png") return picture.png({ compressionLevel: 9 }).toBuffer();
  if (format === "webp") return picture.webp({ lossless, quality: 80 }).toBuffer();
  return picture.jpeg({ quality: JPEG_QUALITY }).toBuffer();
}

function picture(pixels: Buffer): Sharp {
  return sharp(pixels, { raw: { width: PICTURE_WIDTH, height: PICTURE_HEIGHT, channels: 3 } });
}

/** Draws and writes an original and its planted duplicate. @returns the pair, if any */
async function writeOriginal(root: string, original: Original): Promise<KnownPair | undefined> {
  const { subject, seed, number, split, format, planting } = original;
  const write = async (into: Split, label: Subject, name: string, bytes: Buffer) => {
    await writeFile(path.join(root, into, label, name), bytes);
    return `${into}/${label}/${name}`;
  };
  const bytes = await encode(picture(await drawPixels({ subject, seed })), format, true);
  const a = await write(split, subject, `${subject}-${number}.${format}`, bytes);
  if (!planting) return undefined;

  const { kind, name, edit, moment, to = "jpg", mislabeled = false } = planting;
  const copy =
    moment !== undefined
      ? await encode(picture(await drawPixels({ subject, seed, moment })), to, false)
      : edit
        ? await encode(edit(sharp(bytes)), to, kind === "same-pixels")
        : bytes;
  const label = mislabeled
    ? (SUBJECTS[(SUBJECTS.indexOf(subject) + 1) % SUBJECTS.length] ?? subject)
    : subject;
  const b = await write(planting.split, label, `${subject}-${number}-${name}.${to}`, copy);
  return { a, b, kind };
}

/** @throws EngineError `FOLDER_UNAVAILABLE` when the folder is not empty or cannot be created */
async function openEmptyFolder(root: string): Promise<void> {
  let entries: string[];
  try {
    await mkdir(root, { recursive: true });
    entries = await readdir(root);
  } catch (cause) {
    throw new EngineError(
      "FOLDER_UNAVAILABLE",
      `Cannot write a demo into ${root}: choose a folder that you can write to.`,
      { cause },
    );
  }
  if (entries.length > 0)
    throw new EngineError(
      "FOLDER_UNAVAILABLE",
      `Cannot write a demo into ${root}: it is not empty. Choose a new or empty folder.`,
    );
}

/**
 * Writes a small data set with planted duplicates of every kind: `train`, `test`, and `val`, each with one folder per class,
 * and a list of the planted pairs. Pairs of kind `similar` look alike but are not duplicates.
 * @param dir an empty folder or a path that does not exist
 * @throws RangeError when `images` or `seed` is not an integer or out of range
 * @throws EngineError `FOLDER_UNAVAILABLE` when the folder is not empty or cannot be created
 */
export async function makeDemo(
  dir: string,
  { seed = 1, images = DEMO_SIZE.distinct }: DemoOptions = {},
): Promise<DemoManifest> {
  if (!Number.isInteger(images) || images < MIN_IMAGES)
    throw new RangeError(`Expected at least ${MIN_IMAGES} images but received ${images}.`);
  if (!Number.isInteger(seed))
    throw new RangeError(`Expected an integer seed but received ${seed}.`);
  const root = path.resolve(dir);
  await openEmptyFolder(root);
  const splits = {
    train: path.join(root, "train"),
    test: path.join(root, "test"),
    val: path.join(root, "val"),
  };
  for (const split of Object.values(splits))
    for (const subject of SUBJECTS) await mkdir(path.join(split, subject), { recursive: true });

  const originals = planOriginals(images, seed);
  const pairs: KnownPair[] = [];
  for (let start = 0; start < originals.length; start += DRAWN_AT_ONCE) {
    const batch = originals.slice(start, start + DRAWN_AT_ONCE);
    const planted = await Promise.all(batch.map((original) => writeOriginal(root, original)));
    pairs.push(...planted.filter((pair) => pair !== undefined));
  }
  const order = (pair: KnownPair) => `${pair.kind} ${pair.a}`;
  pairs.sort((p, q) => (order(p) < order(q) ? -1 : 1));
  const rows = pairs.map(({ a, b, kind }) => `${a},${b},${kind}\n`);
  await writeFile(path.join(root, KNOWN_DUPLICATES_FILE), `a,b,kind\n${rows.join("")}`);
  return { root, splits, images: originals.length + pairs.length, pairs };
}
