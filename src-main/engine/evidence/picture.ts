import { extractDetail } from "./agreement.ts";
import { type ColorGrid, newColorGrid } from "./color-agreement.ts";
import { CHROMA_SIDE, LUMINANCE_SIDE, SIGNATURE_LAYOUT, type Signature } from "./signature.ts";

export const FINE_SIDE = LUMINANCE_SIDE;
export const COARSE_SIDE = LUMINANCE_SIDE / 2;
export const TINY_SIDE = LUMINANCE_SIDE / 4;

/** A signature unfolded for comparing. Two of these are filled again and again: comparing allocates nothing. */
export interface Picture {
  /** The signature last unfolded here; empty at first. */
  signature: Uint8Array;
  /** Luminance, [32, 32], in levels. */
  readonly fine: Float32Array;
  /** `fine` averaged over about two cells each way, for reading at the resolution of `coarse` between cells. */
  readonly smooth: Float32Array;
  /** Luminance, [16, 16]. */
  readonly coarse: Float32Array;
  /** `coarse`, averaged in the same way. */
  readonly smoothCoarse: Float32Array;
  /** Luminance, [8, 8]. */
  readonly tiny: Float32Array;
  /** Detail of `coarse`. */
  readonly coarseDetail: Float32Array;
  /** Euclidean norm of `coarseDetail`. */
  coarseDetailNorm: number;
  /** Detail of `fine`; made by `fineDetailOf` when first asked for. */
  readonly fineDetail: Float32Array;
  hasFineDetail: boolean;
  readonly color: ColorGrid;
}

export function newPicture(): Picture {
  return {
    signature: new Uint8Array(0),
    fine: new Float32Array(FINE_SIDE * FINE_SIDE),
    smooth: new Float32Array(FINE_SIDE * FINE_SIDE),
    coarse: new Float32Array(COARSE_SIDE * COARSE_SIDE),
    smoothCoarse: new Float32Array(COARSE_SIDE * COARSE_SIDE),
    tiny: new Float32Array(TINY_SIDE * TINY_SIDE),
    coarseDetail: new Float32Array(COARSE_SIDE * COARSE_SIDE),
    coarseDetailNorm: 0,
    fineDetail: new Float32Array(FINE_SIDE * FINE_SIDE),
    hasFineDetail: false,
    color: newColorGrid(CHROMA_SIDE),
  };
}

/** Unfolds a signature into a picture, unless it is the one that the picture already holds. */
export function unfold(signature: Signature, into: Picture): void {
  if (into.signature === signature) return;
  into.signature = signature;
  into.hasFineDetail = false;
  const { fine, coarse, coarseDetail, color } = into;
  for (let i = 0; i < FINE_SIDE * FINE_SIDE; i++) fine[i] = signature[i] as number;
  soften(fine, FINE_SIDE, into.smooth);
  halve(fine, FINE_SIDE, coarse);
  soften(coarse, COARSE_SIDE, into.smoothCoarse);
  halve(coarse, COARSE_SIDE, into.tiny);
  extractDetail(coarse, coarseDetail, COARSE_SIDE);
  let energy = 0;
  for (let i = 0; i < COARSE_SIDE * COARSE_SIDE; i++) energy += (coarseDetail[i] as number) ** 2;
  into.coarseDetailNorm = Math.sqrt(energy);

  for (let cell = 0; cell < CHROMA_SIDE * CHROMA_SIDE; cell++) {
    color[cell * 3] = into.tiny[cell] as number;
    color[cell * 3 + 1] = signature[SIGNATURE_LAYOUT.blueChroma + cell] as number;
    color[cell * 3 + 2] = signature[SIGNATURE_LAYOUT.redChroma + cell] as number;
  }
}

const softRows = new Float32Array(FINE_SIDE * FINE_SIDE);

/** Weighs each cell of a row-major [side, side] grid twice and its neighbors once, each way; edges go on outside. */
function soften(grid: Float32Array, side: number, into: Float32Array): void {
  for (let at = 0; at < side * side; at++) {
    const column = at % side;
    const left = grid[column > 0 ? at - 1 : at] as number;
    const right = grid[column < side - 1 ? at + 1 : at] as number;
    softRows[at] = (left + 2 * (grid[at] as number) + right) / 4;
  }
  for (let at = 0; at < side * side; at++) {
    const above = softRows[at >= side ? at - side : at] as number;
    const below = softRows[at < side * (side - 1) ? at + side : at] as number;
    into[at] = (above + 2 * (softRows[at] as number) + below) / 4;
  }
}

/** The picture's detail at full resolution. */
export function fineDetailOf(picture: Picture): Float32Array {
  if (!picture.hasFineDetail) {
    extractDetail(picture.fine, picture.fineDetail, FINE_SIDE);
    picture.hasFineDetail = true;
  }
  return picture.fineDetail;
}

/** Averages each 2x2 cells of a row-major [side, side] grid into one, written at every `stride`-th place. */
export function halve(grid: Float32Array, side: number, into: Float32Array, stride = 1): void {
  for (let y = 0, to = 0; y < side; y += 2) {
    for (let at = y * side; at < (y + 1) * side; at += 2, to += stride) {
      into[to] =
        ((grid[at] as number) +
          (grid[at + 1] as number) +
          (grid[at + side] as number) +
          (grid[at + side + 1] as number)) /
        4;
    }
  }
}
