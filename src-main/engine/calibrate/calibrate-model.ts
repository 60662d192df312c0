import { hash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import sharp from "sharp";
import type { CalibrateResult, ParsedCalibrateRequest } from "../../contract/calibrate.ts";
import { EngineError } from "../../contract/errors.ts";
import type { Calibration } from "../../contract/model-manifest.ts";
import type { Split } from "../../contract/scan-request.ts";
import { AUTO_CONFIDENCE } from "../../contract/threshold.ts";
import { openProject } from "../data/project-file.ts";
import { viewProject } from "../data/project-view.ts";
import { seededRandom } from "../demo/seeded-random.ts";
import { absolutePath } from "../files/paths.ts";
import { writeWhole } from "../files/write-file.ts";
import { makeThumbnail } from "../scan/decode/decode.ts";
import { looksLikeImageName } from "../scan/decode/sniff.ts";
import { isFileName, loadModel, manifestBeside } from "../scan/embed/manifest.ts";
import type { ScanContext } from "../scan/scan-run.ts";
import { resolveSplits } from "../scan/walk/recognize-splits.ts";
import { walkSplit } from "../scan/walk/walk-split.ts";
import { fitCalibration, tellApart } from "./fit-calibration.ts";
import { judgePairs, scanCopies } from "./judge-pairs.ts";
import { writeWithCopies } from "./write-with-copies.ts";

/** Fewer tell too little of how near strangers lie. */
const LEAST_IMAGES = 50;
/** Longer side of the pictures that copies are made of, in pixels: models look at less. */
const WORKING_SIDE = 512;
const JPEG_QUALITY = 90;
const SEED = 1;

type Context = Pick<ScanContext, "dataFolder" | "signal" | "emit">;

/**
 * Fits the confidence of another model on a person's own images: edited copies of some of them are scanned with all of them, and pairs of a
 * picture and its copy are told from neighbors that are strangers. Nothing is written but the manifest.
 * @throws EngineError USAGE for a bundled model, too few images or a file that is there already; others as a scan does
 */
export async function calibrateModel(
  request: ParsedCalibrateRequest,
  { dataFolder, signal, emit }: Context,
): Promise<CalibrateResult> {
  const out = request.out === undefined ? undefined : resolve(request.out);
  if (!isFileName(request.model)) {
    throw new EngineError(
      "USAGE",
      `The bundled model ${request.model} is calibrated already: give the path of an .onnx file.`,
    );
  }
  if (out !== undefined && existsSync(out)) throw isThere(out);
  const model = await loadModel(request.model);
  const splits = await splitsOf(request);
  const files = await chooseImages(splits, request.images, { signal, emit });
  await mkdir(dataFolder, { recursive: true });
  const work = await mkdtemp(join(dataFolder, "calibrate-"));
  try {
    const root = join(work, "images");
    await mkdir(root);
    const { written, copied } = await writeWithCopies(root, {
      pictures: files.map((file) => async () => {
        try {
          return await makeThumbnail(await readFile(file), WORKING_SIDE);
        } catch {
          return null; // What can't be read is for a scan to say.
        }
      }),
      random: seededRandom(SEED),
      asJpeg: (bytes) => sharp(bytes).jpeg({ quality: JPEG_QUALITY }).toBuffer(),
      signal,
    });
    if (written < LEAST_IMAGES) {
      throw new EngineError(
        "USAGE",
        `Only ${written} images can be read, and a calibration needs ${LEAST_IMAGES}: give folders with more.`,
      );
    }
    const project = await scanCopies({
      root,
      work,
      model: model.file,
      device: request.device,
      threads: request.threads,
      signal,
      // That there is no calibration yet is why this is done.
      emit: (event) => event.type !== "warning" && emit(event),
    });
    const judged = await judgePairs(project, signal, ({ pictures: [a, b], kind }) => {
      if (a === b) return true;
      // Copies that the data set had before: of 10,000 look-alikes the pixels of one agree.
      return kind === "similar" ? false : null;
    });
    const calibration: Record<string, Calibration> = {};
    const modelOutputs: CalibrateResult["modelOutputs"] = [];
    for (const [name, judgments] of judged) {
      const fitted = fitCalibration(judgments);
      calibration[name] = fitted;
      modelOutputs.push({ name, ...tellApart(judgments.pairs, fitted, AUTO_CONFIDENCE) });
    }
    const manifest = manifestBeside(resolve(request.model));
    // The coefficients hold for this graph alone, so its digest goes with them.
    const fields = { sha256: model.sha256, calibration };
    const backup = await writeManifest(manifest, fields, out);
    return { images: written, copies: copied, modelOutputs, manifest: out ?? manifest, backup };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function splitsOf({ splits, project }: ParsedCalibrateRequest): Promise<Split[]> {
  if (splits.length > 0 === (project !== undefined)) {
    throw new EngineError("USAGE", "Name either folders of images or a project, not both.");
  }
  if (project === undefined) return await resolveSplits(splits);
  using opened = openProject(project);
  return viewProject(opened).splits.map(({ name, root }) => ({ name, root }));
}

/** Places of at most so many images of the splits, the same whenever the folders are the same. */
async function chooseImages(
  splits: readonly Split[],
  most: number,
  { signal, emit }: Pick<Context, "signal" | "emit">,
): Promise<Buffer[]> {
  const found: { order: string; place: Buffer }[] = [];
  for (const { name, root } of splits) {
    const before = found.length;
    const { files } = await walkSplit(root, signal, (seen) =>
      emit({ type: "progress", stage: "walk", done: before + seen, total: null, unreadable: 0 }),
    );
    for (const { path } of files) {
      if (!looksLikeImageName(path.toString())) continue;
      const order = hash("sha256", Buffer.concat([Buffer.from(`${name}/`), path]));
      found.push({ order, place: absolutePath(root, path) });
    }
  }
  return found
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .slice(0, most)
    .map(({ place }) => place);
}

/**
 * Writes a manifest with these fields in the place of its own.
 * @param out a new file; without it the manifest itself is written, and what it was is kept beside it
 * @returns the file that holds what it was
 */
async function writeManifest(
  manifest: string,
  fields: object,
  out: string | undefined,
): Promise<string | null> {
  const text = await readFile(manifest, "utf8");
  const json = `${JSON.stringify({ ...JSON.parse(text), ...fields }, null, 2)}\n`;
  if (out !== undefined) {
    if (existsSync(out)) throw isThere(out);
    await writeWhole(out, [json]);
    return null;
  }
  let backup = `${manifest}.backup`;
  for (let number = 2; existsSync(backup); number++) backup = `${manifest}.backup-${number}`;
  await writeWhole(backup, [text]);
  await writeWhole(manifest, [json]);
  return backup;
}

function isThere(file: string): EngineError {
  return new EngineError("USAGE", `${file} is there already: name a new file with --out.`);
}
