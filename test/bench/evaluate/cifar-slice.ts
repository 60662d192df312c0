import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { averagePrecision, recallAtPrecision } from "./figures.ts";
import type { ImageSet, Match, Matches } from "./methods.ts";

const ARCHIVE = "cifar10-slice.tar.xz";
const PAIRS = "cifar10-slice-pairs.csv";

/** Judgments by test image, then by train image: D for duplicate, U for undecided, others for neither. */
type Judgments = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface CifarSlice extends ImageSet {
  readonly judged: Judgments;
}

/** A part of CIFAR-10 with pairs of test and train images judged by eye. @returns `null` when it does not exist */
export function cifarSlice(data: string, work: string): CifarSlice | null {
  if (![ARCHIVE, PAIRS].every((name) => existsSync(join(data, name)))) return null;
  execFileSync("tar", ["-xJf", join(data, ARCHIVE), "-C", work]);
  const root = join(work, "cifar10-slice");
  const judged = new Map<string, Map<string, string>>();
  // Lines `test/CLASS/NAME,train/CLASS/NAME,VERDICT`.
  for (const line of readFileSync(join(data, PAIRS), "utf8").trim().split("\n").slice(1)) {
    const [test = "", train = "", verdict = ""] = line.trim().split(",");
    const key = test.replace(/^test\//, "");
    const pairs = judged.get(key) ?? new Map<string, string>();
    pairs.set(train.replace(/^train\//, ""), verdict);
    judged.set(key, pairs);
  }
  return { queries: join(root, "test"), gallery: join(root, "train"), judged };
}

export interface SliceFigures {
  readonly images: number;
  readonly positives: number;
  readonly averagePrecision: number;
  readonly recallAt1: number;
  readonly recallAtPrecision90: number;
  /** Test images that a threshold flags, and how many of them are positives. */
  readonly flagged: (threshold: number) => { readonly all: number; readonly right: number };
}

/**
 * Ranks test images by their best train image. Test images with a pair judged D are positives; those with only undecided
 * pairs are left out.
 */
export function sliceFigures({ judged }: CifarSlice, matches: Matches): SliceFigures {
  const ranked = [...matches].flatMap(([test, [nearest]]) => {
    const verdicts = [...(judged.get(test)?.values() ?? [])];
    if (!nearest || (verdicts.length > 0 && verdicts.every((verdict) => verdict === "U")))
      return [];
    return [{ test, nearest, score: nearest.score, right: verdicts.includes("D") }];
  });
  const positives = ranked.filter(({ right }) => right);
  const found = positives.filter(({ test, nearest }) => isDuplicate(judged, test, nearest)).length;
  return {
    images: ranked.length,
    positives: positives.length,
    averagePrecision: averagePrecision(ranked, positives.length),
    recallAt1: found / positives.length,
    recallAtPrecision90: recallAtPrecision(ranked, positives.length, 0.9),
    flagged: (threshold) => {
      const reached = ranked.filter(({ score }) => score >= threshold);
      return { all: reached.length, right: reached.filter(({ right }) => right).length };
    },
  };
}

function isDuplicate(judged: Judgments, test: string, { path }: Match): boolean {
  return judged.get(test)?.get(path) === "D";
}
