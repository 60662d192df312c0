/**
 * How well scans find the judged duplicates of the CIFAR-10 slice.
 *
 *   node test/bench/cifar-quality.ts [DATA]        DATA: folder with cifar10-slice.tar.xz and its pairs, default ../shared/data
 *
 * Scans the slice through the command line, exports the neighbors, and ranks test images by their best train neighbor: once by similarity,
 * once by confidence. Positives are test images with a pair judged D; those whose only pairs are undecided (U) are left out.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const data = resolve(process.argv[2] ?? "../shared/data");
const archive = join(data, "cifar10-slice.tar.xz");
if (!existsSync(archive)) {
  console.error(`There is no ${archive}; give the folder that holds it.`);
  process.exit(1);
}
const work = mkdtempSync(join(tmpdir(), "twinlens-cifar-"));
try {
  execFileSync("tar", ["-xJf", archive, "-C", work]);
  const root = join(work, "cifar10-slice");
  const project = join(work, "cifar.twinlens");
  const twinlens = (...words: string[]) =>
    execFileSync(process.execPath, [resolve("bin/twinlens.js"), ...words], {
      stdio: ["ignore", "inherit", "ignore"],
    });
  twinlens("scan", root, "--project", project, "--device", "cpu");
  const exported = join(work, "neighbors.csv");
  twinlens("export", project, "--what", "neighbors", "--out", exported);

  const judged = readJudgments(join(data, "cifar10-slice-pairs.csv"));
  for (const [column, name] of [
    [4, "similarity"],
    [5, "confidence"],
  ] as const) {
    console.log(`by ${name}:`, JSON.stringify(evaluate(readBest(exported, column), judged)));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

interface Match {
  readonly train: string;
  readonly score: number;
}

/** Judgments by test image, then by train image. */
type Judgments = Map<string, Map<string, string>>;

/** Best train match of every test image. Paths of this data set hold no comma or quote. */
function readBest(file: string, column: number): Map<string, Match> {
  const best = new Map<string, Match>();
  for (const line of readFileSync(file, "utf8").split("\n").slice(1)) {
    const cells = line.split(",");
    const [from, a = "", into, b = ""] = cells;
    if (from !== "test" || into !== "train") continue;
    const score = Number(cells[column]);
    const known = best.get(a);
    if (!known || score > known.score) best.set(a, { train: b, score });
  }
  return best;
}

/** Lines `test/CLASS/NAME,train/CLASS/NAME,VERDICT`; paths below the split's folder, as the export has them. */
function readJudgments(file: string): Judgments {
  const judgments: Judgments = new Map();
  for (const line of readFileSync(file, "utf8").trim().split("\n").slice(1)) {
    const [test = "", train = "", verdict = ""] = line.trim().split(",");
    const key = test.replace(/^test\//, "");
    const pairs = judgments.get(key) ?? new Map<string, string>();
    pairs.set(train.replace(/^train\//, ""), verdict);
    judgments.set(key, pairs);
  }
  return judgments;
}

/** Average precision, recall at the first rank, and the best recall at a precision of at least 0.9. */
function evaluate(best: ReadonlyMap<string, Match>, judged: Judgments) {
  const ranked = [...best]
    .map(([test, match]) => ({ test, ...match, verdicts: [...(judged.get(test)?.values() ?? [])] }))
    .filter(({ verdicts }) => verdicts.length === 0 || verdicts.some((verdict) => verdict !== "U"))
    .sort((a, b) => b.score - a.score);
  const isPositive = ({ verdicts }: { verdicts: string[] }) => verdicts.includes("D");
  const positives = ranked.filter(isPositive).length;
  let found = 0;
  let precisionSum = 0;
  let recallAtP90 = 0;
  ranked.forEach((image, at) => {
    if (isPositive(image)) precisionSum += ++found / (at + 1);
    if (found / (at + 1) >= 0.9) recallAtP90 = found / positives;
  });
  const nearestIsRight = ranked.filter(
    (image) => isPositive(image) && judged.get(image.test)?.get(image.train) === "D",
  ).length;
  const atLeast = (score: number) => {
    const flagged = ranked.filter((image) => image.score >= score);
    return { flagged: flagged.length, right: flagged.filter(isPositive).length };
  };
  return {
    positives,
    averagePrecision: Number((precisionSum / positives).toFixed(3)),
    recallAt1: Number((nearestIsRight / positives).toFixed(3)),
    recallAtPrecision90: Number(recallAtP90.toFixed(3)),
    "at least 0.5": atLeast(0.5),
    "at least 0.7": atLeast(0.7),
    "at least 0.9": atLeast(0.9),
  };
}
