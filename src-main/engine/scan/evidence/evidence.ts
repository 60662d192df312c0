import type { EvidenceKind } from "../../../contract/evidence-kind.ts";
import { detailAgreement, extractDetail } from "./agreement.ts";
import { findPlaces, type Placement } from "./alignment.ts";
import { type ColorRelation, newColorGrid, relateColors } from "./color-agreement.ts";
import {
  inverseOrientation,
  MIRRORED,
  mirrors,
  ORIENTATIONS,
  orientationMaps,
  UPRIGHT,
} from "./orientation.ts";
import { steadiness } from "./parallax.ts";
import {
  COARSE_SIDE,
  FINE_SIDE,
  fineDetailOf,
  newPicture,
  type Picture,
  unfold,
} from "./picture.ts";
import { refine, refineNear } from "./refinement.ts";
import {
  LARGEST_SPREAD,
  newWindow,
  SAMPLED_COLOR_SIDE,
  sampleColor,
  sampleLuminance,
} from "./sampling.ts";
import { CHROMA_SIDE, type Signature } from "./signature.ts";
import { findTilt, type TiltedMatch } from "./tilt.ts";

/** What is known of an image once it was decoded. */
export interface ImageFacts {
  /** SHA-256 of the file's bytes, in hex. */
  readonly sha256: string;
  /** Hash of the decoded pixels; null where it was not made. */
  readonly pixelHash: string | null;
  /** Sides after EXIF orientation, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly signature: Signature;
}

export interface Evidence {
  readonly kind: EvidenceKind;
  /** How well the pictures agree once laid on each other, in [0, 1]: 1 the same, about 0 unrelated or without texture. */
  readonly score: number;
}

/** How two pictures are to be compared, beyond their signatures. */
export interface Comparison {
  /** The first's width by its height, divided by the second's. */
  readonly stretch: number;
  /**
   * Whether the second is laid on the first instead of the other way round, which is not quite the same. The order of their digests
   * says so: a pair says the same in whatever order its images come.
   */
  readonly swapped: boolean;
  /** Whether to look for crops and shifts, ten times as dear as all before. */
  readonly crops: boolean;
  /** Whether to look for other turns than those by 90 degrees where nothing else was found, ten times as dear again. */
  readonly tilts: boolean;
}

/** From this score on, two pictures are one: of 3,900 edited photos all but 3 reach it, of 56,000 look-alikes 6. */
const SAME_PICTURE = 0.6;
/**
 * The same for crops, laid on each other with more freedom: of 400 photos cropped to 70 % of their area 390 reach it, of 172,000 pairs of
 * neighbors among 11,000 photos 74, most of them the same shot or two of one shelf.
 */
const SAME_CROP = 0.68;
/**
 * The same for pictures turned by some degrees, with more freedom still: of photos straightened by 3 or 7 degrees, or turned by 90 and cropped to
 * 80 % of the area, nine in ten reach it, of the 1,500 most similar pairs that nothing else explains among 11,000 photos 14.
 */
const SAME_TILTED = 0.85;
/** Degrees from which a tilted copy is called rotated; with less it is a crop. */
const TURNED_DEGREES = 1.5;
/** A copy this good is not asked whether it was cropped a little. */
const CLEAN_COPY = 0.9;
/** How much better a crop must lie than the whole picture does. */
const CROP_GAIN = 0.04;
/** A part at least this large, in sides of the whole, is compared in fine detail too. */
const FINE_PART = 0.7;
/** A part whose edges all lie within this share of the whole's side is no crop. */
const CROP_MARGIN = 0.02;
/** An orientation is looked at closely from this correlation of its coarse detail on... */
const PROMISING = 0.4;
/** ... and when it comes as near as this to the best one. */
const NEAR_BEST = 0.1;

const coarseMaps = orientationMaps(COARSE_SIDE);
const fineMaps = orientationMaps(FINE_SIDE);
const colorMaps = orientationMaps(CHROMA_SIDE);

// Everything a comparison needs, once: comparing 400,000 pairs must not allocate.
const givenFirst = newPicture();
const givenSecond = newPicture();
/** The same two in the order of their digests. */
let first = givenFirst;
let second = givenSecond;
const correlations = new Float64Array(ORIENTATIONS);
const turnedCoarse = new Float32Array(COARSE_SIDE * COARSE_SIDE);
const turnedFine = new Float32Array(FINE_SIDE * FINE_SIDE);
const turnedColor = newColorGrid(CHROMA_SIDE);
const wholeWindow = newWindow();
const partWindow = newWindow();
const wholeSample = new Float32Array(FINE_SIDE * FINE_SIDE);
const partSample = new Float32Array(FINE_SIDE * FINE_SIDE);
const wholeDetail = new Float32Array(FINE_SIDE * FINE_SIDE);
const partDetail = new Float32Array(FINE_SIDE * FINE_SIDE);
const wholeColor = newColorGrid(SAMPLED_COLOR_SIDE);
const partColor = newColorGrid(SAMPLED_COLOR_SIDE);
const relation: ColorRelation = { agreement: 0, recolored: false };

/**
 * Why two images match, from the cheapest and surest reason to none: same bytes, same pixels, one picture in the same
 * orientation (resized; recolored when its colors were changed as a whole), mirrored (flipped) or turned (rotated),
 * one a crop or a shift of the other (upright or mirrored), turned by any angle (rotated), or just similar.
 *
 * Works on digests and signatures alone.
 */
export function explainPair(
  a: ImageFacts,
  b: ImageFacts,
  ways: Pick<Comparison, "crops" | "tilts"> = EVERY_WAY,
): Evidence {
  return explainSame(a, b) ?? explainPictures(a.signature, b.signature, comparisonOf(a, b, ways));
}

/** Why two images are the same to the last byte or pixel; `null` when they are not known to be. */
export function explainSame(a: ImageFacts, b: ImageFacts): Evidence | null {
  if (a.sha256 === b.sha256) return { kind: "same-bytes", score: 1 };
  return samePixels(a, b) ? { kind: "same-pixels", score: 1 } : null;
}

const EVERY_WAY = { crops: true, tilts: true } as const;

export function comparisonOf(
  a: ImageFacts,
  b: ImageFacts,
  ways: Pick<Comparison, "crops" | "tilts">,
): Comparison {
  return {
    stretch: a.width / a.height / (b.width / b.height),
    swapped: a.sha256 > b.sha256,
    ...ways,
  };
}

/** Why two pictures match, as `explainPair` says. Those of one should follow each other: its signature is unfolded only once. */
export function explainPictures(a: Signature, b: Signature, comparison: Comparison): Evidence {
  const match = findMatch(a, b, comparison);
  if (match === "whole") return nameWhole(bestWhole);
  if (match === "part") return { kind: "cropped", score: bestPart.score };
  if (match === "tilted") return nameTilted(bestTilt);
  return { kind: "similar", score: Math.max(bestWhole.score, bestPart.score) };
}

/** How the second picture of a pair is laid on the first. */
export interface PairAlignment {
  /** See orientation.ts. */
  readonly orientation: number;
  /** Where it then lies in the first's frame, whose sides are 1; `null` when the two are not known to show the same. */
  readonly frame: Pick<Placement, "x" | "y" | "width" | "height"> | null;
}

const WHOLE_FRAME = { x: 0, y: 0, width: 1, height: 1 } as const;

/** How the second picture must be laid on the first to show the same at the same places, as far as the evidence knows. */
export function alignPair(a: ImageFacts, b: ImageFacts): PairAlignment {
  if (explainSame(a, b)) return { orientation: UPRIGHT, frame: WHOLE_FRAME };
  const match = findMatch(a.signature, b.signature, comparisonOf(a, b, EVERY_WAY));
  if (match === "whole") return { orientation: bestWhole.orientation, frame: WHOLE_FRAME };
  // A frame stands upright, so that a tilted picture has none.
  if (match !== "part") return { orientation: UPRIGHT, frame: null };
  const { firstIsPart, placement } = bestPart;
  const { x, y, width, height, mirrored } = placement;
  const orientation = mirrored ? MIRRORED : UPRIGHT;
  if (!firstIsPart) return { orientation, frame: { x, y, width, height } };
  // The whole is laid around the part: mirrored with it, and as much larger as the part is smaller.
  const left = mirrored ? 1 - x - width : x;
  return {
    orientation,
    frame: { x: -left / width, y: -y / height, width: 1 / width, height: 1 / height },
  };
}

function samePixels(a: ImageFacts, b: ImageFacts): boolean {
  return (
    a.pixelHash !== null &&
    a.pixelHash === b.pixelHash &&
    a.width === b.width &&
    a.height === b.height
  );
}

/** What two pictures have in common. Fills `bestWhole`, `bestPart` and, where it says so, `bestTilt`, whose "first" and "second" are `a` and `b`. */
function findMatch(
  a: Signature,
  b: Signature,
  { stretch, swapped, crops, tilts }: Comparison,
): "whole" | "part" | "tilted" | "neither" {
  unfold(a, givenFirst);
  unfold(b, givenSecond);
  first = swapped ? givenSecond : givenFirst;
  second = swapped ? givenFirst : givenSecond;
  compareWholes();
  bestPart.score = 0;
  if (crops && bestWhole.score < CLEAN_COPY) {
    compareNear();
    if (bestPart.score < SAME_CROP && bestWhole.score < CLEAN_COPY)
      compareParts(swapped ? 1 / stretch : stretch, bestWhole.coarse + CROP_GAIN);
  }
  if (swapped) {
    bestWhole.orientation = inverseOrientation(bestWhole.orientation);
    bestPart.firstIsPart = !bestPart.firstIsPart;
  }
  if (bestPart.score >= SAME_CROP) return "part";
  if (bestWhole.score >= SAME_PICTURE) return "whole";
  if (!tilts) return "neither";
  Object.assign(bestTilt, findTilt(first, second) ?? NO_TILT);
  return bestTilt.score >= SAME_TILTED ? "tilted" : "neither";
}

const NO_TILT: TiltedMatch = { score: 0, degrees: 0, mirrored: false };
const bestTilt: TiltedMatch = { ...NO_TILT };

function nameTilted({ score, degrees, mirrored }: TiltedMatch): Evidence {
  if (mirrored) return { kind: "flipped", score };
  return { kind: Math.abs(degrees) >= TURNED_DEGREES ? "rotated" : "cropped", score };
}

/** How two whole pictures agree in their best orientation. */
interface WholeComparison {
  score: number;
  /** Agreement of the coarse detail alone, in [-1, 1]. */
  coarse: number;
  orientation: number;
  recolored: boolean;
}

const bestWhole: WholeComparison = { score: 0, coarse: 0, orientation: UPRIGHT, recolored: false };

/** The best part found, and where; `placement` is of use only where the score is above 0. */
const bestPart = {
  score: 0,
  firstIsPart: false,
  placement: { x: 0, y: 0, width: 1, height: 1, mirrored: false },
};

function nameWhole({ score, orientation, recolored }: WholeComparison): Evidence {
  if (orientation !== UPRIGHT) return { kind: mirrors(orientation) ? "flipped" : "rotated", score };
  return { kind: recolored ? "recolored" : "resized", score };
}

/** Finds the orientation in which the second picture agrees best with the first. Fills `bestWhole`. */
function compareWholes(): void {
  bestWhole.score = 0;
  bestWhole.coarse = 0;
  bestWhole.orientation = UPRIGHT;
  bestWhole.recolored = false;
  let best = PROMISING;
  const norms = first.coarseDetailNorm * second.coarseDetailNorm;
  correlateCoarse();
  for (let orientation = 0; orientation < ORIENTATIONS; orientation++) {
    const correlation = norms > 0 ? (correlations[orientation] as number) / norms : 0;
    correlations[orientation] = correlation;
    best = Math.max(best, correlation);
  }
  for (let orientation = 0; orientation < ORIENTATIONS; orientation++) {
    const correlation = correlations[orientation] as number;
    if (correlation > PROMISING && correlation > best - NEAR_BEST) compareTurned(orientation);
  }
}

/** For each cell of the first picture the cells of the second that lie on it, [cells, orientations]. */
const coarseCells = new Uint16Array(COARSE_SIDE * COARSE_SIDE * ORIENTATIONS);
coarseMaps.forEach((map, orientation) => {
  map.forEach((from, cell) => {
    coarseCells[cell * ORIENTATIONS + orientation] = from;
  });
});

/** Fills `correlations` with the products of the coarse details in every orientation, all in one pass. */
function correlateCoarse(): void {
  const p = first.coarseDetail;
  const q = second.coarseDetail;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let s5 = 0;
  let s6 = 0;
  let s7 = 0;
  for (let i = 0, at = 0; i < COARSE_SIDE * COARSE_SIDE; i++, at += ORIENTATIONS) {
    const value = p[i] as number;
    s0 += value * (q[coarseCells[at] as number] as number);
    s1 += value * (q[coarseCells[at + 1] as number] as number);
    s2 += value * (q[coarseCells[at + 2] as number] as number);
    s3 += value * (q[coarseCells[at + 3] as number] as number);
    s4 += value * (q[coarseCells[at + 4] as number] as number);
    s5 += value * (q[coarseCells[at + 5] as number] as number);
    s6 += value * (q[coarseCells[at + 6] as number] as number);
    s7 += value * (q[coarseCells[at + 7] as number] as number);
  }
  correlations[0] = s0;
  correlations[1] = s1;
  correlations[2] = s2;
  correlations[3] = s3;
  correlations[4] = s4;
  correlations[5] = s5;
  correlations[6] = s6;
  correlations[7] = s7;
}

/** Compares the pictures in one orientation, and keeps the answer if it is the best so far. */
function compareTurned(orientation: number): void {
  turn(second.coarseDetail, coarseMaps[orientation] as Uint16Array, 1, turnedCoarse);
  const coarse = detailAgreement(first.coarseDetail, turnedCoarse, COARSE_SIDE);
  if (coarse <= bestWhole.score) return;
  turn(fineDetailOf(second), fineMaps[orientation] as Uint16Array, 1, turnedFine);
  const fine = detailAgreement(fineDetailOf(first), turnedFine, FINE_SIDE);
  turn(second.color, colorMaps[orientation] as Uint16Array, 3, turnedColor);
  relateColors(first.color, turnedColor, relation);
  const score = ((coarse + fine) / 2) * relation.agreement;
  if (score <= bestWhole.score) return;
  bestWhole.score = score;
  bestWhole.coarse = coarse;
  bestWhole.orientation = orientation;
  bestWhole.recolored = relation.recolored;
}

/** Lays a grid of interleaved channels another way. */
function turn(grid: Float32Array, map: Uint16Array, channels: number, into: Float32Array): void {
  for (let cell = 0; cell < map.length; cell++) {
    const from = (map[cell] as number) * channels;
    for (let channel = 0; channel < channels; channel++)
      into[cell * channels + channel] = grid[from + channel] as number;
  }
}

const nearPlacement: Placement = { x: 0, y: 0, width: 1, height: 1, mirrored: false };

/**
 * Lays the second picture on the first where both show nearly the same: shifted, stretched or cropped by a little, whatever became of
 * light and colors, which the search for parts goes by. Fills `bestPart`, or `bestWhole` where it comes out as the whole.
 */
function compareNear(): void {
  const mirrored = (correlations[MIRRORED] as number) > (correlations[UPRIGHT] as number);
  Object.assign(nearPlacement, { x: 0, y: 0, width: 1, height: 1, mirrored });
  if (!refineNear(first, second, nearPlacement)) return;
  const score = scorePart(first, second, nearPlacement, bestWhole.coarse - CROP_GAIN);
  if (liesOnWhole(nearPlacement)) {
    if (score <= bestWhole.score) return;
    bestWhole.score = score;
    bestWhole.orientation = mirrored ? MIRRORED : UPRIGHT;
    bestWhole.recolored = relation.recolored;
  } else if (score > bestWhole.score + CROP_GAIN) {
    bestPart.score = lessParallax(score);
    bestPart.firstIsPart = false;
    Object.assign(bestPart.placement, nearPlacement);
  }
}

/**
 * Looks for either picture as a part of the other. Fills `bestPart`, whose score stays 0 when there is none, or it is the whole.
 * @param stretch see `findPlaces`
 * @param toBeat coarse agreement that a part must exceed
 */
function compareParts(stretch: number, toBeat: number): void {
  for (const { firstIsPart, placement } of findPlaces(first, second, stretch)) {
    const whole = firstIsPart ? second : first;
    const part = firstIsPart ? first : second;
    if (!refine(whole, part, placement)) continue;
    if (!placement.mirrored && liesOnWhole(placement)) continue;
    const score = lessParallax(scorePart(whole, part, placement, Math.max(toBeat, bestPart.score)));
    if (score <= bestPart.score) continue;
    bestPart.score = score;
    bestPart.firstIsPart = firstIsPart;
    // A slot of the search, which the next pair fills anew.
    Object.assign(bestPart.placement, placement);
    if (score >= CLEAN_COPY) break;
  }
}

function liesOnWhole({ x, y, width, height }: Placement): boolean {
  return (
    Math.abs(x) < CROP_MARGIN &&
    Math.abs(y) < CROP_MARGIN &&
    Math.abs(x + width - 1) < CROP_MARGIN &&
    Math.abs(y + height - 1) < CROP_MARGIN
  );
}

/** How well the part agrees with the whole where they lie on each other, in [0, 1]. */
function scorePart(whole: Picture, part: Picture, placement: Placement, toBeat: number): number {
  const { x, y, width, height, mirrored } = placement;
  wholeWindow.x = Math.max(0, x);
  wholeWindow.y = Math.max(0, y);
  wholeWindow.width = Math.min(1, x + width) - wholeWindow.x;
  wholeWindow.height = Math.min(1, y + height) - wholeWindow.y;
  partWindow.x = (wholeWindow.x - x) / width;
  partWindow.y = (wholeWindow.y - y) / height;
  partWindow.width = wholeWindow.width / width;
  partWindow.height = wholeWindow.height / height;
  if (mirrored) {
    partWindow.x = 1 - partWindow.x;
    partWindow.width = -partWindow.width;
  }
  let agreement = compareWindows(whole, part, placement, COARSE_SIDE);
  if (agreement <= toBeat) return 0;
  sampleColor(whole, wholeWindow, wholeSample, wholeColor);
  sampleColor(part, partWindow, partSample, partColor);
  relateColors(wholeColor, partColor, relation);
  // Also for small parts, whose fine detail says little: `lessParallax` goes by what is read here.
  const fine = compareWindows(whole, part, placement, FINE_SIDE);
  if (Math.min(width, height) >= FINE_PART) agreement = (agreement + fine) / 2;
  return agreement * relation.agreement;
}

/** What is left of the score that `scorePart` has just given when two shots of one scene may have got it, too. */
function lessParallax(score: number): number {
  return score > 0 ? score * steadiness(wholeSample, partSample) : 0;
}

/** Agreement of the detail of both windows, read as [side, side], in [-1, 1]. */
function compareWindows(
  whole: Picture,
  part: Picture,
  { width, height }: Placement,
  side: number,
): number {
  // The whole shows the scene in coarser cells than the part; the part is read the softer for it.
  wholeWindow.spreadX = Math.max(1, (wholeWindow.width * FINE_SIDE) / side);
  wholeWindow.spreadY = Math.max(1, (wholeWindow.height * FINE_SIDE) / side);
  partWindow.spreadX = matchSpread(wholeWindow.spreadX, width);
  partWindow.spreadY = matchSpread(wholeWindow.spreadY, height);
  sampleLuminance(whole, wholeWindow, side, wholeSample);
  sampleLuminance(part, partWindow, side, partSample);
  extractDetail(wholeSample, wholeDetail, side);
  extractDetail(partSample, partDetail, side);
  return detailAgreement(wholeDetail, partDetail, side);
}

/**
 * How many of the part's cells to average, so that it comes out as sharp as the whole. Both were box filtered twice,
 * by their cells and by the average over them; the variances of box filters add up.
 * @param spread cells of the whole that are averaged
 * @param side the part's side, in sides of the whole, and so the size of its cells, in cells of the whole
 */
function matchSpread(spread: number, side: number): number {
  const variance = 1 + spread * spread - side * side;
  return Math.min(LARGEST_SPREAD, Math.max(1, Math.sqrt(Math.max(0, variance)) / side));
}
