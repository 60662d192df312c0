/**
 * Fits the confidence of pairs for the bundled model.
 *
 *     npm run calibrate
 *     node models/training/calibrate.ts [--data ../shared/data]
 *
 * Adds edited copies to the calibration photos (see README.md: neither trained on nor held out), scans them with the
 * engine, once as photos and once as 32 px thumbnails, and writes the coefficients to the model's manifest. The same
 * photos, model and program give the same coefficients.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import type { Calibration } from "../../src-main/contract/model-manifest.ts";
import {
  fitCalibration,
  type Judgments,
  tellApart,
} from "../../src-main/engine/calibrate/fit-calibration.ts";
import { judgePairs, scanCopies } from "../../src-main/engine/calibrate/judge-pairs.ts";
import { writeWithCopies } from "../../src-main/engine/calibrate/write-with-copies.ts";
import { seededRandom } from "../../src-main/engine/demo/seeded-random.ts";
import { DEFAULT_MODEL, loadModel } from "../../src-main/engine/scan/embed/manifest.ts";
import { type Photo, unpackPhotos } from "./photos.ts";

/**
 * Pairs of shots of one crate, taken moments apart, which some people would call duplicates and others not. They are left
 * out, like undecided pairs in the CIFAR evaluation. Judged by eye among pairs with a confidence of at least 0.5.
 */
const UNDECIDED = [
  ["grocery/00377.jpg", "grocery/00394.jpg"],
  ["grocery/03271.jpg", "grocery/03299.jpg"],
] as const;

const THUMBNAIL_SIDE = 32;
const SHOWN_THRESHOLDS = [0.5, 0.9, 0.99];

const { values } = parseArgs({ options: { data: { type: "string", default: "../shared/data" } } });
const work = mkdtempSync(join(tmpdir(), "twinlens-calibrate-"));
try {
  const photos = unpackPhotos(resolve(values.data), work).calibration;
  const { manifest } = await loadModel();
  const rounds = [await judge(photos, undefined), await judge(photos, THUMBNAIL_SIDE)];
  const calibration: Record<string, Calibration> = {};
  for (const { name } of manifest.outputs) {
    const judgments = joined(rounds.flatMap((round) => round.get(name) ?? []));
    const fitted = fitCalibration(judgments);
    calibration[name] = fitted;
    show(name, judgments, fitted);
  }
  const file = new URL(`../${DEFAULT_MODEL}.json`, import.meta.url);
  const json = { ...JSON.parse(readFileSync(file, "utf8")), calibration };
  writeFileSync(file, `${JSON.stringify(json, null, 2)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Scans the photos and their copies and judges every candidate pair. @param side of thumbnails; full photos when omitted */
async function judge(photos: readonly Photo[], side: number | undefined) {
  const own = join(work, side === undefined ? "photos" : "thumbnails");
  const root = join(own, "images");
  mkdirSync(root, { recursive: true });
  const { signal } = new AbortController();
  await writeWithCopies(root, {
    pictures: photos.map(
      ({ file }) =>
        () =>
          readFile(file),
    ),
    random: seededRandom(side ?? 1),
    asJpeg: (bytes) => {
      const picture = sharp(bytes);
      const sized = side === undefined ? picture : picture.resize(side, side, { fit: "fill" });
      return sized.jpeg({ quality: 90 }).toBuffer();
    },
    signal,
  });
  const project = await scanCopies({ root, work: own, device: "cpu", signal, emit: () => {} });
  const undecided = undecidedAmong(photos);
  return await judgePairs(project, signal, ({ pictures: [a, b] }) =>
    undecided.has(pairName(a, b)) ? null : a === b,
  );
}

function joined(all: readonly Judgments[]): Judgments {
  return {
    pairs: all.flatMap(({ pairs }) => pairs),
    densities: all.flatMap(({ densities }) => densities),
  };
}

/** The undecided pairs, by the indexes of their photos. */
function undecidedAmong(photos: readonly Photo[]): ReadonlySet<string> {
  const indexes = new Map(photos.map(({ name }, at) => [name, at]));
  return new Set(
    UNDECIDED.map(([one, other]) => pairName(indexes.get(one) ?? -1, indexes.get(other) ?? -1)),
  );
}

function pairName(a: number, b: number): string {
  return `${Math.min(a, b)}-${Math.max(a, b)}`;
}

/** Prints how the confidence rates the pairs that it was fitted to. */
function show(modelOutput: string, { pairs }: Judgments, calibration: Calibration): void {
  console.log(`${modelOutput}: ${JSON.stringify(calibration)}`);
  for (const threshold of SHOWN_THRESHOLDS) {
    const { duplicates, found, others, mistaken } = tellApart(pairs, calibration, threshold);
    console.log(
      `  confidence >= ${threshold}: ${found} of ${duplicates} duplicates, ${mistaken} of ${others} strangers`,
    );
  }
}
