import type { EvidenceKind } from "../../../contract/evidence-kind.ts";
import {
  type DetailBuffers,
  detailAgreement,
  extractDetail,
  newDetailBuffers,
} from "./agreement.ts";
import {
  findPlacements,
  newPlacementBuffers,
  type Placement,
  type PlacementBuffers,
} from "./alignment.ts";
import {
  type ColorBuffers,
  type ColorGrid,
  type ColorRelation,
  newColorBuffers,
  newColorGrid,
  relateColors,
} from "./color-agreement.ts";
import {
  inverseOrientation,
  MIRRORED,
  mirrors,
  ORIENTATIONS,
  orientationMaps,
  UPRIGHT,
} from "./orientation.ts";
import { newParallaxBuffers, type ParallaxBuffers, steadiness } from "./parallax.ts";
import {
  COARSE_SIDE,
  FINE_SIDE,
  fineDetailOf,
  newPicture,
  type Picture,
  unfold,
} from "./picture.ts";
import { newRefinementBuffers, type RefinementBuffers, refine, refineNear } from "./refinement.ts";
import {
  LARGEST_SPREAD,
  newSamplingBuffers,
  newWindow,
  SAMPLED_COLOR_SIDE,
  type SamplingBuffers,
  sampleColor,
  sampleLuminance,
  type Window,
} from "./sampling.ts";
import { CHROMA_SIDE, type Signature } from "./signature.ts";
import { findTilt, newTiltBuffers, type TiltBuffers, type TiltedMatch } from "./tilt.ts";

/** What decoding an image yields. */
export interface ImageFacts {
  /** SHA-256 of the file's bytes, in hex. */
  readonly sha256: string;
  /** Hash of the decoded pixels; null when not computed. */
  readonly pixelHash: string | null;
  /** Sides after EXIF orientation, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly signature: Signature;
}

export interface Evidence {
  readonly kind: EvidenceKind;
  /** How well the aligned pictures agree, in [0, 1]: 1 for the same picture, about 0 for unrelated or flat ones. */
  readonly score: number;
}

/** Parameters of a comparison besides the two signatures. */
export interface Comparison {
  /** The first's aspect ratio (width / height) divided by the second's. */
  readonly stretch: number;
  /**
   * Whether to align the second to the first instead of the reverse. The order of their digests decides, which makes the
   * result independent of the order of the images.
   */
  readonly swapped: boolean;
  /** Whether to search for crops and shifts, ten times as expensive as everything before. */
  readonly crops: boolean;
  /** Whether to search for rotations by any angle if nothing else was found, ten times as expensive again. */
  readonly tilts: boolean;
}

/** Score from which two pictures are the same. 3 of 3,900 edited photos fall below; 6 of 56,000 look-alikes reach it. */
const SAME_PICTURE = 0.6;
/** Score from which one picture is a crop of the other. 390 of 400 photos cropped to 70 % of their area reach it. */
const SAME_CROP = 0.68;
/** Score from which one picture is the other, rotated by any angle. 9 of 10 straightened photos reach it. */
const SAME_TILTED = 0.85;
/** Degrees from which a tilted copy is called rotated; below, cropped. */
const TURNED_DEGREES = 1.5;
/** Score from which a copy is not checked for slight crops. */
const CLEAN_COPY = 0.9;
/** How much better a crop must agree than the whole picture. */
const CROP_GAIN = 0.04;
/** Parts at least this large, in sides of the whole, are compared in fine detail too. */
const FINE_PART = 0.7;
/** A part whose edges are all within this distance of the whole's, in sides of the whole, is not a crop. */
const CROP_MARGIN = 0.02;
/** An orientation is examined if its coarse detail has at least this correlation... */
const PROMISING = 0.4;
/** ... and is this close to the best one. */
const NEAR_BEST = 0.1;

const coarseMaps = orientationMaps(COARSE_SIDE);
const fineMaps = orientationMaps(FINE_SIDE);
const colorMaps = orientationMaps(CHROMA_SIDE);

/**
 * Everything that comparisons reuse, because comparing 400,000 pairs must not allocate. Each thread needs its own; a
 * comparison overwrites the results of the previous one.
 */
export interface Workspace {
  readonly givenFirst: Picture;
  readonly givenSecond: Picture;
  /** The same two in the order of their digests. */
  first: Picture;
  second: Picture;
  readonly correlations: Float64Array;
  readonly turnedCoarse: Float32Array;
  readonly turnedFine: Float32Array;
  readonly turnedColor: ColorGrid;
  readonly wholeWindow: Window;
  readonly partWindow: Window;
  readonly wholeSample: Float32Array;
  readonly partSample: Float32Array;
  readonly wholeDetail: Float32Array;
  readonly partDetail: Float32Array;
  readonly wholeColor: ColorGrid;
  readonly partColor: ColorGrid;
  readonly relation: ColorRelation;
  readonly nearPlacement: Placement;
  readonly bestWhole: WholeComparison;
  readonly bestPart: PartComparison;
  readonly bestTilt: TiltedMatch;
  readonly detail: DetailBuffers;
  readonly color: ColorBuffers;
  readonly parallax: ParallaxBuffers;
  readonly placements: PlacementBuffers;
  readonly refinement: RefinementBuffers;
  readonly sampling: SamplingBuffers;
  readonly tilt: TiltBuffers;
}

export function newWorkspace(): Workspace {
  const givenFirst = newPicture();
  const givenSecond = newPicture();
  return {
    givenFirst,
    givenSecond,
    first: givenFirst,
    second: givenSecond,
    correlations: new Float64Array(ORIENTATIONS),
    turnedCoarse: new Float32Array(COARSE_SIDE * COARSE_SIDE),
    turnedFine: new Float32Array(FINE_SIDE * FINE_SIDE),
    turnedColor: newColorGrid(CHROMA_SIDE),
    wholeWindow: newWindow(),
    partWindow: newWindow(),
    wholeSample: new Float32Array(FINE_SIDE * FINE_SIDE),
    partSample: new Float32Array(FINE_SIDE * FINE_SIDE),
    wholeDetail: new Float32Array(FINE_SIDE * FINE_SIDE),
    partDetail: new Float32Array(FINE_SIDE * FINE_SIDE),
    wholeColor: newColorGrid(SAMPLED_COLOR_SIDE),
    partColor: newColorGrid(SAMPLED_COLOR_SIDE),
    relation: { agreement: 0, recolored: false },
    nearPlacement: { x: 0, y: 0, width: 1, height: 1, mirrored: false },
    bestWhole: { score: 0, coarse: 0, orientation: UPRIGHT, recolored: false },
    bestPart: {
      score: 0,
      firstIsPart: false,
      placement: { x: 0, y: 0, width: 1, height: 1, mirrored: false },
    },
    bestTilt: { ...NO_TILT },
    detail: newDetailBuffers(),
    color: newColorBuffers(),
    parallax: newParallaxBuffers(),
    placements: newPlacementBuffers(),
    refinement: newRefinementBuffers(),
    sampling: newSamplingBuffers(),
    tilt: newTiltBuffers(),
  };
}

/**
 * Why two images match, from the cheapest and most certain reason to none: same bytes, same pixels, one picture in the
 * same orientation (resized, or recolored if its colors changed as a whole), mirrored (flipped) or rotated, one a crop
 * or shift of the other (upright or mirrored), rotated by any angle, or just similar.
 *
 * Uses only digests and signatures.
 */
export function explainPair(
  workspace: Workspace,
  a: ImageFacts,
  b: ImageFacts,
  ways: Pick<Comparison, "crops" | "tilts"> = EVERY_WAY,
): Evidence {
  return (
    explainSame(a, b) ??
    explainPictures(workspace, a.signature, b.signature, comparisonOf(a, b, ways))
  );
}

/** Evidence that two images have the same bytes or pixels; `null` when they are not known to. */
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

/** Like `explainPair`, for signatures alone. Pairs with the same `a` should be adjacent to unpack its signature only once. */
export function explainPictures(
  workspace: Workspace,
  a: Signature,
  b: Signature,
  comparison: Comparison,
): Evidence {
  const { bestWhole, bestPart, bestTilt } = workspace;
  const match = findMatch(workspace, a, b, comparison);
  if (match === "whole") return nameWhole(bestWhole);
  if (match === "part") return { kind: "cropped", score: bestPart.score };
  if (match === "tilted") return nameTilted(bestTilt);
  return { kind: "similar", score: Math.max(bestWhole.score, bestPart.score) };
}

/** How to overlay a pair's second picture on the first. */
export interface PairAlignment {
  /** See orientation.ts. */
  readonly orientation: number;
  /** The second's frame in the first, whose sides are 1; `null` when the two are not known to show the same. */
  readonly frame: Pick<Placement, "x" | "y" | "width" | "height"> | null;
}

export const WHOLE_FRAME = { x: 0, y: 0, width: 1, height: 1 } as const;

/** The overlay that makes the second picture coincide with the first. */
export function alignPair(workspace: Workspace, a: ImageFacts, b: ImageFacts): PairAlignment {
  if (explainSame(a, b)) return { orientation: UPRIGHT, frame: WHOLE_FRAME };
  const { bestWhole, bestPart } = workspace;
  const match = findMatch(workspace, a.signature, b.signature, comparisonOf(a, b, EVERY_WAY));
  if (match === "whole") return { orientation: bestWhole.orientation, frame: WHOLE_FRAME };
  // Frames are upright, so a tilted picture has none.
  if (match !== "part") return { orientation: UPRIGHT, frame: null };
  const { firstIsPart, placement } = bestPart;
  const { x, y, width, height, mirrored } = placement;
  const orientation = mirrored ? MIRRORED : UPRIGHT;
  if (!firstIsPart) return { orientation, frame: { x, y, width, height } };
  // The whole surrounds the part: mirrored like the part, and scaled by the inverse.
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

/** Compares two pictures. Fills `bestWhole`, `bestPart` and, for "tilted", `bestTilt`, in which `a` is "first" and `b` "second". */
function findMatch(
  workspace: Workspace,
  a: Signature,
  b: Signature,
  { stretch, swapped, crops, tilts }: Comparison,
): "whole" | "part" | "tilted" | "neither" {
  const { givenFirst, givenSecond, bestWhole, bestPart, bestTilt } = workspace;
  unfold(a, givenFirst);
  unfold(b, givenSecond);
  workspace.first = swapped ? givenSecond : givenFirst;
  workspace.second = swapped ? givenFirst : givenSecond;
  compareWholes(workspace);
  bestPart.score = 0;
  if (crops && bestWhole.score < CLEAN_COPY) {
    compareNear(workspace);
    if (bestPart.score < SAME_CROP && bestWhole.score < CLEAN_COPY)
      compareParts(workspace, swapped ? 1 / stretch : stretch, bestWhole.coarse + CROP_GAIN);
  }
  if (swapped) {
    bestWhole.orientation = inverseOrientation(bestWhole.orientation);
    bestPart.firstIsPart = !bestPart.firstIsPart;
  }
  if (bestPart.score >= SAME_CROP) return "part";
  if (bestWhole.score >= SAME_PICTURE) return "whole";
  if (!tilts) return "neither";
  Object.assign(bestTilt, findTilt(workspace.tilt, workspace.first, workspace.second) ?? NO_TILT);
  return bestTilt.score >= SAME_TILTED ? "tilted" : "neither";
}

const NO_TILT: TiltedMatch = { score: 0, degrees: 0, mirrored: false };

function nameTilted({ score, degrees, mirrored }: TiltedMatch): Evidence {
  if (mirrored) return { kind: "flipped", score };
  return { kind: Math.abs(degrees) >= TURNED_DEGREES ? "rotated" : "cropped", score };
}

/** Agreement of two whole pictures in their best orientation. */
interface WholeComparison {
  score: number;
  /** Agreement of the coarse detail alone, in [-1, 1]. */
  coarse: number;
  orientation: number;
  recolored: boolean;
}

/** The best part found and its placement, which is valid only if the score is above 0. */
interface PartComparison {
  score: number;
  firstIsPart: boolean;
  readonly placement: Placement;
}

function nameWhole({ score, orientation, recolored }: WholeComparison): Evidence {
  if (orientation !== UPRIGHT) return { kind: mirrors(orientation) ? "flipped" : "rotated", score };
  return { kind: recolored ? "recolored" : "resized", score };
}

/** Finds the orientation in which the second picture agrees best with the first. Fills `bestWhole`. */
function compareWholes(workspace: Workspace): void {
  const { first, second, bestWhole, correlations } = workspace;
  bestWhole.score = 0;
  bestWhole.coarse = 0;
  bestWhole.orientation = UPRIGHT;
  bestWhole.recolored = false;
  let best = PROMISING;
  const norms = first.coarseDetailNorm * second.coarseDetailNorm;
  correlateCoarse(workspace);
  for (let orientation = 0; orientation < ORIENTATIONS; orientation++) {
    const correlation = norms > 0 ? (correlations[orientation] as number) / norms : 0;
    correlations[orientation] = correlation;
    best = Math.max(best, correlation);
  }
  for (let orientation = 0; orientation < ORIENTATIONS; orientation++) {
    const correlation = correlations[orientation] as number;
    if (correlation > PROMISING && correlation > best - NEAR_BEST)
      compareTurned(workspace, orientation);
  }
}

/** For each cell of the first picture, the second's cell in each orientation, [cells, orientations]. */
const coarseCells = new Uint16Array(COARSE_SIDE * COARSE_SIDE * ORIENTATIONS);
coarseMaps.forEach((map, orientation) => {
  map.forEach((from, cell) => {
    coarseCells[cell * ORIENTATIONS + orientation] = from;
  });
});

/** Fills `correlations` with the products of the coarse details in all orientations, in one pass. */
function correlateCoarse({ first, second, correlations }: Workspace): void {
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

/** Compares the pictures in one orientation and keeps the result if it is the best so far. */
function compareTurned(workspace: Workspace, orientation: number): void {
  const { first, second, turnedCoarse, turnedFine, turnedColor, relation, bestWhole } = workspace;
  turn(second.coarseDetail, coarseMaps[orientation] as Uint16Array, 1, turnedCoarse);
  const coarse = detailAgreement(first.coarseDetail, turnedCoarse, COARSE_SIDE);
  if (coarse <= bestWhole.score) return;
  turn(fineDetailOf(second), fineMaps[orientation] as Uint16Array, 1, turnedFine);
  const fine = detailAgreement(fineDetailOf(first), turnedFine, FINE_SIDE);
  turn(second.color, colorMaps[orientation] as Uint16Array, 3, turnedColor);
  relateColors(workspace.color, first.color, turnedColor, relation);
  const score = ((coarse + fine) / 2) * relation.agreement;
  if (score <= bestWhole.score) return;
  bestWhole.score = score;
  bestWhole.coarse = coarse;
  bestWhole.orientation = orientation;
  bestWhole.recolored = relation.recolored;
}

/** Reorients a grid of interleaved channels. */
function turn(grid: Float32Array, map: Uint16Array, channels: number, into: Float32Array): void {
  for (let cell = 0; cell < map.length; cell++) {
    const from = (map[cell] as number) * channels;
    for (let channel = 0; channel < channels; channel++)
      into[cell * channels + channel] = grid[from + channel] as number;
  }
}

/**
 * Aligns pictures that nearly coincide: shifted, stretched or cropped slightly, with any change of light and colors, which
 * the search for parts does not tolerate. Fills `bestPart`, or `bestWhole` if the part turns out to be the whole.
 */
function compareNear(workspace: Workspace): void {
  const { first, second, correlations, nearPlacement, relation, bestWhole, bestPart } = workspace;
  const mirrored = (correlations[MIRRORED] as number) > (correlations[UPRIGHT] as number);
  Object.assign(nearPlacement, { x: 0, y: 0, width: 1, height: 1, mirrored });
  if (!refineNear(workspace.refinement, first, second, nearPlacement)) return;
  const score = scorePart(workspace, first, second, nearPlacement, bestWhole.coarse - CROP_GAIN);
  if (liesOnWhole(nearPlacement)) {
    if (score <= bestWhole.score) return;
    bestWhole.score = score;
    bestWhole.orientation = mirrored ? MIRRORED : UPRIGHT;
    bestWhole.recolored = relation.recolored;
  } else if (score > bestWhole.score + CROP_GAIN) {
    bestPart.score = lessParallax(workspace, score);
    bestPart.firstIsPart = false;
    Object.assign(bestPart.placement, nearPlacement);
  }
}

/**
 * Searches for either picture as a part of the other. Fills `bestPart`, whose score stays 0 if there is none or if it is
 * the whole.
 * @param stretch see `findPlacements`
 * @param toBeat coarse agreement that a part must exceed
 */
function compareParts(workspace: Workspace, stretch: number, toBeat: number): void {
  const { first, second, placements, refinement, bestPart } = workspace;
  for (const { firstIsPart, placement } of findPlacements(placements, first, second, stretch)) {
    const whole = firstIsPart ? second : first;
    const part = firstIsPart ? first : second;
    if (!refine(refinement, whole, part, placement)) continue;
    if (!placement.mirrored && liesOnWhole(placement)) continue;
    const score = lessParallax(
      workspace,
      scorePart(workspace, whole, part, placement, Math.max(toBeat, bestPart.score)),
    );
    if (score <= bestPart.score) continue;
    bestPart.score = score;
    bestPart.firstIsPart = firstIsPart;
    // `placement` belongs to the search, which overwrites it for the next pair.
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

/** Agreement of the part and the whole in the overlap, in [0, 1]. */
function scorePart(
  workspace: Workspace,
  whole: Picture,
  part: Picture,
  placement: Placement,
  toBeat: number,
): number {
  const { x, y, width, height, mirrored } = placement;
  const { wholeWindow, partWindow, wholeSample, partSample, wholeColor, partColor } = workspace;
  const { sampling, relation } = workspace;
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
  let agreement = compareWindows(workspace, whole, part, placement, COARSE_SIDE);
  if (agreement <= toBeat) return 0;
  sampleColor(sampling, whole, wholeWindow, wholeSample, wholeColor);
  sampleColor(sampling, part, partWindow, partSample, partColor);
  relateColors(workspace.color, wholeColor, partColor, relation);
  // Also for small parts, whose fine detail says little: `lessParallax` uses the samples taken here.
  const fine = compareWindows(workspace, whole, part, placement, FINE_SIDE);
  if (Math.min(width, height) >= FINE_PART) agreement = (agreement + fine) / 2;
  return agreement * relation.agreement;
}

/** Reduces the score that `scorePart` returned last if the pictures may be two shots of one scene. */
function lessParallax({ parallax, wholeSample, partSample }: Workspace, score: number): number {
  return score > 0 ? score * steadiness(parallax, wholeSample, partSample) : 0;
}

/** Agreement of the detail of both windows, sampled as [side, side], in [-1, 1]. */
function compareWindows(
  workspace: Workspace,
  whole: Picture,
  part: Picture,
  { width, height }: Placement,
  side: number,
): number {
  const { wholeWindow, partWindow, wholeSample, partSample, wholeDetail, partDetail } = workspace;
  const { sampling, detail } = workspace;
  // The whole shows the scene in coarser cells than the part, so the part is sampled more softly.
  wholeWindow.spreadX = Math.max(1, (wholeWindow.width * FINE_SIDE) / side);
  wholeWindow.spreadY = Math.max(1, (wholeWindow.height * FINE_SIDE) / side);
  partWindow.spreadX = matchSpread(wholeWindow.spreadX, width);
  partWindow.spreadY = matchSpread(wholeWindow.spreadY, height);
  sampleLuminance(sampling, whole, wholeWindow, side, wholeSample);
  sampleLuminance(sampling, part, partWindow, side, partSample);
  extractDetail(detail, wholeSample, wholeDetail, side);
  extractDetail(detail, partSample, partDetail, side);
  return detailAgreement(wholeDetail, partDetail, side);
}

/**
 * Number of the part's cells to average to make it as sharp as the whole. Both were box filtered twice, by their cells and
 * by averaging cells; the variances of box filters add up.
 * @param spread cells of the whole that are averaged
 * @param side the part's side in sides of the whole, which is also the size of its cells in cells of the whole
 */
function matchSpread(spread: number, side: number): number {
  const variance = 1 + spread * spread - side * side;
  return Math.min(LARGEST_SPREAD, Math.max(1, Math.sqrt(Math.max(0, variance)) / side));
}
