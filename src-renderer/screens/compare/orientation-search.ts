/** The eight ways in which a rectangle can lie: turned clockwise by quarter turns, after being mirrored or not. */
export interface Orientation {
  readonly mirrored: boolean;
  /** Clockwise, in quarter turns, after the mirroring. */
  readonly turns: 0 | 1 | 2 | 3;
}

export const UPRIGHT: Orientation = { mirrored: false, turns: 0 };

const ORIENTATIONS: readonly Orientation[] = [false, true].flatMap((mirrored) =>
  ([0, 1, 2, 3] as const).map((turns) => ({ mirrored, turns })),
);

/** Another orientation must be this much closer than upright before a picture is turned, in [0, 1] of brightness. */
const WORTH_TURNING = 0.02;

/**
 * Turns a square of brightness values.
 * @param square row-major [side, side]
 */
export function turned(
  square: ArrayLike<number>,
  side: number,
  { mirrored, turns }: Orientation,
): Float32Array {
  const result = new Float32Array(side * side);
  const last = side - 1;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      // Where the pixel that ends up at (x, y) comes from.
      const [sx, sy] =
        turns === 0
          ? [x, y]
          : turns === 1
            ? [y, last - x]
            : turns === 2
              ? [last - x, last - y]
              : [last - y, x];
      result[y * side + x] = square[sy * side + (mirrored ? last - sx : sx)] ?? 0;
    }
  }
  return result;
}

/** Mean absolute difference of two squares after taking out how bright each is on the whole. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (values: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
    return sum / values.length;
  };
  const shift = mean(a) - mean(b);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] ?? 0) - (b[i] ?? 0) - shift);
  return sum / a.length;
}

/**
 * How the second picture must be laid so that it looks most like the first.
 * @param a,b brightness in [0, 1] of both pictures squeezed into squares, row-major [side, side]
 */
export function bestOrientation(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  side: number,
): Orientation {
  const upright = difference(a, b);
  let best = { orientation: UPRIGHT, difference: upright };
  for (const orientation of ORIENTATIONS.slice(1)) {
    const found = difference(a, turned(b, side, orientation));
    if (found < best.difference) best = { orientation, difference: found };
  }
  return upright - best.difference > WORTH_TURNING ? best.orientation : UPRIGHT;
}

/** The orientation as a CSS transform. */
export function transformOf({ mirrored, turns }: Orientation): string {
  const turn = turns === 0 ? "" : `rotate(${turns * 90}deg)`;
  // CSS applies the last one first.
  return [turn, mirrored ? "scaleX(-1)" : ""].filter(Boolean).join(" ") || "none";
}

/** What was done to show it so, in words; `null` for nothing. */
export function orientationText({ mirrored, turns }: Orientation): string | null {
  if (mirrored && turns === 2) return "shown mirrored top to bottom";
  const parts = [
    mirrored ? "mirrored" : null,
    turns === 2
      ? "turned by 180°"
      : turns === 1
        ? "turned right"
        : turns === 3
          ? "turned left"
          : null,
  ].filter(Boolean);
  return parts.length === 0 ? null : `shown ${parts.join(" and ")}`;
}
