/**
 * How DNIKit's `Duplicates` derives a threshold from the distances of all neighbors: its `Slope` and `Percentile`
 * strategies, with identical results (apple/dnikit, src/dnikit/dnikit/introspectors/_duplicates.py).
 */
import { DNIKIT } from "../../../contract/dnikit.ts";

/**
 * The input of both strategies: every distance greater than zero, ascending.
 * @param distances the distances from each image to its nearest neighbors, in any order; mutual neighbors count twice, as in DNIKit
 */
export function sortedNonZero(distances: Float64Array): Float64Array {
  return distances.filter((distance) => distance > 0).sort();
}

/**
 * The distance where the curve of sorted distances leaves its elbow for its flat middle.
 *
 * The middle's rise is the distance at 3/4 minus that at 1/4. A window of `1 / sensitivity` of all distances slides down
 * from the median until the rise within it exceeds the middle's.
 * @param sorted ascending, as from `sortedNonZero`
 * @param sensitivity whole number from 3; the greater, the smaller the distance
 * @returns 0 without any distance: only identical images are duplicates (DNIKit crashes)
 * @throws RangeError when `sensitivity` is less than 3.
 */
export function slopeDistance(sorted: Float64Array, sensitivity: number): number {
  if (sensitivity < DNIKIT.leastSlopeSensitivity)
    throw new RangeError(
      `Expected a slope sensitivity of at least ${DNIKIT.leastSlopeSensitivity} but received ${sensitivity}.`,
    );
  const count = sorted.length;
  if (count === 0) return 0;
  // All indexes below stay under count * (1/2 + 1/3).
  const at = (index: number) => sorted[index] as number;
  const stride = Math.floor(count / 1000) + 1;
  const window = Math.floor(count / sensitivity);
  let probe = Math.floor(count / 2);
  const quarter = Math.floor(probe / 2);
  const middleRise = at(probe + quarter) - at(probe - quarter);
  while (probe > stride && at(probe + window) - at(probe) <= middleRise) probe -= stride;
  return at(probe);
}

/**
 * The distance that `percentile` percent of all distances reach or exceed.
 * @param sorted ascending, as from `sortedNonZero`
 * @param percentile in [0, 100]; at 0, where DNIKit crashes, the greatest distance
 * @returns 0 without any distance
 */
export function percentileDistance(sorted: Float64Array, percentile: number): number {
  const count = sorted.length;
  // The factors are in DNIKit's order, for the same rounding.
  const index = count - Math.trunc(percentile * 0.01 * count);
  return sorted[Math.min(index, count - 1)] ?? 0;
}
