import type { Orientation } from "../../../contract/pictures.ts";

/**
 * The eight symmetries of the square, as three bits: 1 mirrors left and right, 2 mirrors top and bottom, 4 then swaps
 * rows and columns.
 *
 * An odd number of bits is a mirrored picture, called flipped: left-right (1), top-bottom (2) and the two transposes
 * (4, 7). An even number is a rotation: by 180 (3), 90 and 270 degrees (5, 6).
 */
export const ORIENTATIONS = 8;
export const UPRIGHT = 0;
export const MIRRORED = 1;

/** Whether the orientation swaps the picture's sides. */
export function turnsSides(orientation: number): boolean {
  return orientation >= 4;
}

/** Whether the orientation mirrors the picture. */
export function mirrors(orientation: number): boolean {
  return orientation === 1 || orientation === 2 || orientation === 4 || orientation === 7;
}

/** The inverse of an orientation. All but the quarter turns are their own inverse. */
export function inverseOrientation(orientation: number): number {
  if (orientation === 5) return 6;
  return orientation === 6 ? 5 : orientation;
}

/** Each orientation as a left-right mirroring followed by clockwise quarter turns. */
const MIRROR_AND_TURNS: readonly Orientation[] = [
  { mirrored: false, turns: 0 },
  { mirrored: true, turns: 0 },
  { mirrored: true, turns: 2 },
  { mirrored: false, turns: 2 },
  { mirrored: true, turns: 3 },
  { mirrored: false, turns: 3 },
  { mirrored: false, turns: 1 },
  { mirrored: true, turns: 1 },
];

/** The orientation in the form that viewers use. */
export function mirrorAndTurns(orientation: number): Orientation {
  return MIRROR_AND_TURNS[orientation] ?? { mirrored: false, turns: 0 };
}

/** For each orientation and cell of a row-major square grid, the cell of the picture that moves there. */
export function orientationMaps(side: number): readonly Uint16Array[] {
  return Array.from({ length: ORIENTATIONS }, (_, orientation) => {
    const map = new Uint16Array(side * side);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        let fromX = orientation & 4 ? y : x;
        let fromY = orientation & 4 ? x : y;
        if (orientation & 1) fromX = side - 1 - fromX;
        if (orientation & 2) fromY = side - 1 - fromY;
        map[y * side + x] = fromY * side + fromX;
      }
    }
    return map;
  });
}
