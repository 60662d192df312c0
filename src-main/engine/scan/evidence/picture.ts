import { type DetailBuffers, extractDetail, newDetailBuffers } from "./agreement.ts";
import { type ColorGrid, newColorGrid } from "./color-agreement.ts";
import { CHROMA_SIDE, LUMINANCE_SIDE, SIGNATURE_LAYOUT, type Signature } from "./signature.ts";

export const FINE_SIDE = LUMINANCE_SIDE;
export const COARSE_SIDE = LUMINANCE_SIDE / 2;
export const TINY_SIDE = LUMINANCE_SIDE / 4;

/** A signature unpacked for comparison. Pictures are reused from pair to pair to avoid allocations. */
export interface Picture {
  /** The signature unpacked last; empty initially. */
  signature: Uint8Array;
  /** Luminance, [16, 16]. */
  readonly coarse: Float32Array;
  /** Luminance, [8, 8]. */
  readonly tiny: Float32Array;
  readonly color: ColorGrid;
  /** Detail of `coarse`. */
  readonly coarseDetail: Float32Array;
  /** Euclidean norm of `coarseDetail`. */
  coarseDetailNorm: number;
  /** Grids that few comparisons need, computed on first use. */
  readonly onDemand: OnDemand;
  readonly detailBuffers: DetailBuffers;
  /** Scratch memory of `soften`. */
  readonly softRows: Float32Array;
}

interface OnDemand {
  readonly fine: Float32Array;
  hasFine: boolean;
  readonly fineDetail: Float32Array;
  hasFineDetail: boolean;
  readonly smoothFine: Float32Array;
  readonly smoothCoarse: Float32Array;
  hasSmooth: boolean;
}

export function newPicture(): Picture {
  return {
    signature: new Uint8Array(0),
    coarse: new Float32Array(COARSE_SIDE * COARSE_SIDE),
    tiny: new Float32Array(TINY_SIDE * TINY_SIDE),
    color: newColorGrid(CHROMA_SIDE),
    coarseDetail: new Float32Array(COARSE_SIDE * COARSE_SIDE),
    coarseDetailNorm: 0,
    onDemand: {
      fine: new Float32Array(FINE_SIDE * FINE_SIDE),
      hasFine: false,
      fineDetail: new Float32Array(FINE_SIDE * FINE_SIDE),
      hasFineDetail: false,
      smoothFine: new Float32Array(FINE_SIDE * FINE_SIDE),
      smoothCoarse: new Float32Array(COARSE_SIDE * COARSE_SIDE),
      hasSmooth: false,
    },
    detailBuffers: newDetailBuffers(),
    softRows: new Float32Array(FINE_SIDE * FINE_SIDE),
  };
}

/** Unpacks a signature into a picture, unless the picture already holds it. */
export function unfold(signature: Signature, into: Picture): void {
  if (into.signature === signature) return;
  into.signature = signature;
  into.onDemand.hasFine = false;
  into.onDemand.hasFineDetail = false;
  into.onDemand.hasSmooth = false;
  const { coarse, tiny, coarseDetail, color } = into;
  halve(signature, FINE_SIDE, coarse);
  halve(coarse, COARSE_SIDE, tiny);
  for (let cell = 0, at = 0; cell < CHROMA_SIDE * CHROMA_SIDE; cell++, at += 3) {
    color[at] = tiny[cell] as number;
    color[at + 1] = signature[SIGNATURE_LAYOUT.blueChroma + cell] as number;
    color[at + 2] = signature[SIGNATURE_LAYOUT.redChroma + cell] as number;
  }
  extractDetail(into.detailBuffers, coarse, coarseDetail, COARSE_SIDE);
  let energy = 0;
  for (let i = 0; i < COARSE_SIDE * COARSE_SIDE; i++) {
    const detail = coarseDetail[i] as number;
    energy += detail * detail;
  }
  into.coarseDetailNorm = Math.sqrt(energy);
}

/** Luminance, [32, 32], in levels. */
export function fineOf({ signature, onDemand }: Picture): Float32Array {
  const { fine } = onDemand;
  if (!onDemand.hasFine) {
    for (let i = 0; i < FINE_SIDE * FINE_SIDE; i++) fine[i] = signature[i] as number;
    onDemand.hasFine = true;
  }
  return fine;
}

/** Detail of the picture's fine luminance. */
export function fineDetailOf(picture: Picture): Float32Array {
  const { onDemand } = picture;
  if (!onDemand.hasFineDetail) {
    extractDetail(picture.detailBuffers, fineOf(picture), onDemand.fineDetail, FINE_SIDE);
    onDemand.hasFineDetail = true;
  }
  return onDemand.fineDetail;
}

/** Fine and coarse luminance, each smoothed to half its resolution for interpolation between cells. */
export function smoothOf(picture: Picture): {
  readonly smoothFine: Float32Array;
  readonly smoothCoarse: Float32Array;
} {
  const { coarse, onDemand, softRows } = picture;
  if (!onDemand.hasSmooth) {
    soften(softRows, fineOf(picture), FINE_SIDE, onDemand.smoothFine);
    soften(softRows, coarse, COARSE_SIDE, onDemand.smoothCoarse);
    onDemand.hasSmooth = true;
  }
  return onDemand;
}

/** Smooths a row-major [side, side] grid with the kernel [1, 2, 1] / 4 in both directions, replicating edges. */
function soften(
  softRows: Float32Array,
  grid: Float32Array,
  side: number,
  into: Float32Array,
): void {
  const last = side - 1;
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0; x < side; x++, at++) {
      const left = grid[x > 0 ? at - 1 : at] as number;
      const right = grid[x < last ? at + 1 : at] as number;
      softRows[at] = (left + 2 * (grid[at] as number) + right) / 4;
    }
  }
  for (let y = 0, at = 0; y < side; y++) {
    const up = y > 0 ? side : 0;
    const down = y < last ? side : 0;
    for (let x = 0; x < side; x++, at++) {
      const above = softRows[at - up] as number;
      const below = softRows[at + down] as number;
      into[at] = (above + 2 * (softRows[at] as number) + below) / 4;
    }
  }
}

/** Averages each 2x2 cells of a row-major [side, side] grid into one, written at every `stride`-th index. */
export function halve(
  grid: Float32Array | Uint8Array,
  side: number,
  into: Float32Array,
  stride = 1,
): void {
  for (let y = 0, to = 0; y < side; y += 2) {
    const end = (y + 1) * side;
    for (let at = y * side; at < end; at += 2, to += stride) {
      into[to] =
        ((grid[at] as number) +
          (grid[at + 1] as number) +
          (grid[at + side] as number) +
          (grid[at + side + 1] as number)) /
        4;
    }
  }
}
