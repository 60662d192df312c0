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
import { linkRoots } from "../files/link-roots.ts";
import { absolutePath } from "../files/paths.ts";
import { writeWhole } from "../files/write-file.ts";
import { makeThumbnail } from "../scan/decode/decode.ts";
import { looksLikeImageName } from "../scan/decode/sniff.ts";
import { isFileName, loadModel, manifestBeside } from "../scan/embed/manifest.ts";
import type { ScanContext } from "../scan/scan-run.ts";
import { resolveSplits } from "../scan/walk/recognize-splits.ts";
import { walkFolders } from "../scan/walk/walk-folders.ts";
import { fitCalibration, tellApart } from "./fit-calibration.ts";
import { judgePairs, scanCopies } from "./judge-pairs.ts";
import { writeWithCopies } from "./write-with-copies.ts";

/** With fewer images, too little is known about the similarity of strangers. */
const LEAST_IMAGES = 50;
/** Longer side of the pictures to copy, in pixels. Models use smaller inputs. */
const WORKING_SIDE = 512;
const JPEG_QUALITY = 90;
const SEED = 1;

type Context = Pick<ScanContext, "dataFolder" | "signal" | "emit">;

/**
 * Fits the confidence of a custom model to the user's images. Scans the images together with edited copies of some of
 * them; pairs of an image and its copy are the duplicates, all other neighbors are strangers. Writes only the manifest.
 * @throws EngineError USAGE for a bundled model, too few images or an existing output file; other codes as for a scan
 */
export async function calibrateModel(
  request: ParsedCalibrateRequest,
  { dataFolder, signal, emit }: Context,
): Promise<CalibrateResult> {
  const out = request.out === undefined ? undefined : resolve(request.out);
  if (!isFileName(request.model)) {
    throw new EngineError(
      "USAGE",
      `The bundled model ${request.model} is already calibrated. Give the path of an .onnx file.`,
    );
  }
  if (out !== undefined && existsSync(out)) throw alreadyExists(out);
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
          return null; // A scan reports unreadable images; here they are skipped.
        }
      }),
      random: seededRandom(SEED),
      asJpeg: (bytes) => sharp(bytes).jpeg({ quality: JPEG_QUALITY }).toBuffer(),
      signal,
    });
    if (written < LEAST_IMAGES) {
      throw new EngineError(
        "USAGE",
        `Only ${written} images are readable, but calibration needs at least ${LEAST_IMAGES}. Choose folders with more images.`,
      );
    }
    const project = await scanCopies({
      root,
      work,
      model: model.file,
      device: request.device,
      threads: request.threads,
      signal,
      // The scan warns about a missing calibration, which is expected here.
      emit: (event) => event.type !== "warning" && emit(event),
    });
    const judged = await judgePairs(project, signal, ({ pictures: [a, b], kind }) => {
      if (a === b) return true;
      // If the evidence names a reason, the data set probably already contained the copy, so the pair is left out.
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
    // The coefficients are valid only for this model, which the digest identifies.
    const fields = { sha256: model.sha256, calibration };
    const backup = await writeManifest(manifest, fields, out);
    return { images: written, copies: copied, modelOutputs, manifest: out ?? manifest, backup };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function splitsOf({ splits, project }: ParsedCalibrateRequest): Promise<Split[]> {
  if (splits.length > 0 === (project !== undefined)) {
    throw new EngineError("USAGE", "Give either folders of images or a project, not both.");
  }
  if (project === undefined) return await resolveSplits(splits);
  using opened = openProject(project);
  return viewProject(opened).splits.map(({ id, protected: _, ...split }) => split);
}

/** Paths of at most `limit` images of the splits, always the same for the same folders. */
async function chooseImages(
  splits: readonly Split[],
  limit: number,
  { signal, emit }: Pick<Context, "signal" | "emit">,
): Promise<Buffer[]> {
  const found: { order: string; file: Buffer }[] = [];
  for (const split of splits) {
    const { name, root } = split;
    const before = found.length;
    const { files } = await walkFolders(split, {
      signal,
      follow: linkRoots({ splits }),
      onProgress: (seen) =>
        emit({ type: "progress", stage: "walk", done: before + seen, total: null, unreadable: 0 }),
    });
    for (const { path } of files) {
      if (!looksLikeImageName(path.toString())) continue;
      const order = hash("sha256", Buffer.concat([Buffer.from(`${name}/`), path]));
      found.push({ order, file: absolutePath(root, path) });
    }
  }
  return found
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .slice(0, limit)
    .map(({ file }) => file);
}

/**
 * Writes a manifest with these fields replaced.
 * @param out a new file; when omitted, the manifest is overwritten and a backup is kept next to it
 * @returns the backup file, if any
 */
async function writeManifest(
  manifest: string,
  fields: object,
  out: string | undefined,
): Promise<string | null> {
  const text = await readFile(manifest, "utf8");
  const json = `${JSON.stringify({ ...JSON.parse(text), ...fields }, null, 2)}\n`;
  if (out !== undefined) {
    if (existsSync(out)) throw alreadyExists(out);
    await writeWhole(out, [json]);
    return null;
  }
  let backup = `${manifest}.backup`;
  for (let number = 2; existsSync(backup); number++) backup = `${manifest}.backup-${number}`;
  await writeWhole(backup, [text]);
  await writeWhole(manifest, [json]);
  return backup;
}

function alreadyExists(file: string): EngineError {
  return new EngineError("USAGE", `${file} already exists. Choose a new file with --out.`);
}
