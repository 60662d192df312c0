/** Decimals that a figure keeps in every file: finer than float32 embeddings can tell apart. */
const FIGURE_DECIMALS = 6;

/**
 * A figure as reports and exports print it, so that the same scan gives the same bytes on every machine.
 * Rounding twice changes nothing, and `-0` becomes `0`.
 * @param x any finite number
 * @throws RangeError when `x` is not finite: JSON has no such number, so the fault must show where it arose.
 */
export function roundFigure(x: number, decimals: number = FIGURE_DECIMALS): number {
  if (!Number.isFinite(x)) throw new RangeError(`Expected a finite figure but received ${x}.`);
  const scaled = x * 10 ** decimals;
  // Beyond safe integers the product loses digits; a number that large has no decimals worth rounding.
  if (Math.abs(scaled) > Number.MAX_SAFE_INTEGER) return x;
  return Math.round(scaled) / 10 ** decimals || 0;
}
