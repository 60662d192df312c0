/**
 * Measures how well clusters match groups of copies that look-alikes connect, for each grouping.
 *
 *   node test/bench/planted-clusters.ts
 *
 * Draws scenes at several moments, which look alike but are not copies, with lossless copies of some and edited copies of all
 * of them. The ground truth is one group per moment with its copies. Precision and recall count pairs of images in one cluster.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { GROUPINGS } from "../../src-main/contract/grouping.ts";
import { DEFAULT_MAX_PIXELS } from "../../src-main/contract/scan-request.ts";
import { editedCopy } from "../../src-main/engine/calibrate/edited-copies.ts";
import { openProject } from "../../src-main/engine/data/project-file.ts";
import { viewProject } from "../../src-main/engine/data/project-view.ts";
import {
  drawPixels,
  PICTURE_HEIGHT,
  PICTURE_WIDTH,
  SUBJECTS,
} from "../../src-main/engine/demo/draw.ts";
import { seededRandom } from "../../src-main/engine/demo/seeded-random.ts";
import { buildReport } from "../../src-main/engine/output/report/build-report.ts";
import { PauseGate } from "../../src-main/engine/scan/pause-gate.ts";
import { scan } from "../../src-main/engine/scan/scan.ts";
import { parseThreshold } from "../../src-main/text/thresholds.ts";

const SCENES = 60;
const MOMENTS = 4;
const EDITED_COPIES = 3;
/** One in this many moments has a lossless copy. */
const LOSSLESS_EVERY = 3;
const THRESHOLDS = ["auto", "confidence:0.5", "confidence:0.2", "cosine:0.9", "cosine:0.8"];

const work = mkdtempSync(join(tmpdir(), "twinlens-planted-"));
try {
  const root = join(work, "all");
  mkdirSync(root);
  await drawGroups(root);
  const file = join(work, "planted.twinlens");
  await scan(
    {
      splits: [{ name: "all", root }],
      project: file,
      modelOutputs: [],
      device: "cpu",
      neighbors: 10,
      exact: true,
      batchSize: 32,
      protect: [],
      maxPixels: DEFAULT_MAX_PIXELS,
      followLinks: [],
    },
    {
      dataFolder: work,
      signal: new AbortController().signal,
      emit: () => {},
      gate: new PauseGate(),
    },
  );
  using project = openProject(file);
  const view = viewProject(project);
  const groupOf = (image: number) => view.images.get(image)?.path.split("_")[0] ?? "";
  const groups = Map.groupBy(view.images.keys(), groupOf);
  const planted = Array.from(groups.values()).reduce((sum, { length }) => sum + pairsIn(length), 0);
  console.log(`${view.images.size} images in ${groups.size} groups\n`);
  console.log("| threshold | grouping | precision | recall | F1 | largest cluster |");
  console.log("| --- | --- | ---: | ---: | ---: | ---: |");
  for (const text of THRESHOLDS) {
    for (const grouping of GROUPINGS) {
      const { report } = await buildReport(view, { threshold: parseThreshold(text), grouping });
      const { clusters } = report;
      const found = clusters.reduce((sum, { size }) => sum + pairsIn(size), 0);
      const right = clusters
        .flatMap(({ images }) => [...Map.groupBy(images, groupOf).values()])
        .reduce((sum, { length }) => sum + pairsIn(length), 0);
      const figures = [right / found, right / planted, (2 * right) / (found + planted)];
      const largest = Math.max(...clusters.map(({ size }) => size));
      console.log(
        `| ${[text, grouping, ...figures.map((figure) => figure.toFixed(3)), largest].join(" | ")} |`,
      );
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

function pairsIn(images: number): number {
  return (images * (images - 1)) / 2;
}

/** Files are named `SCENE-MOMENT_COPY.EXT`. */
async function drawGroups(root: string): Promise<void> {
  const random = seededRandom(7);
  const raw = { width: PICTURE_WIDTH, height: PICTURE_HEIGHT, channels: 3 } as const;
  for (let scene = 0; scene < SCENES; scene++) {
    const subject = SUBJECTS[scene % SUBJECTS.length] ?? SUBJECTS[0];
    for (let moment = 0; moment < MOMENTS; moment++) {
      const place = join(root, `${scene}-${moment}`);
      const picture = sharp(await drawPixels({ subject, seed: scene, moment }), { raw });
      const original = await picture.png().toBuffer();
      writeFileSync(`${place}_original.png`, original);
      if ((scene + moment) % LOSSLESS_EVERY === 0) {
        writeFileSync(`${place}_copy.webp`, await picture.webp({ lossless: true }).toBuffer());
      }
      for (let copy = 0; copy < EDITED_COPIES; copy++) {
        const edited = sharp(await editedCopy(original, random)).jpeg({ quality: 90 });
        writeFileSync(`${place}_${copy}.jpg`, await edited.toBuffer());
      }
    }
  }
}
