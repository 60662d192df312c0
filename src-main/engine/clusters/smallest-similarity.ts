import { centerRows } from "../reduce/centered-rows.ts";
import { dot } from "../reduce/dot-product.ts";
import { principalAxes } from "../reduce/principal-axes.ts";

/** From this many rows on, finding the bounds costs less than they spare. */
const ROWS_WORTH_BOUNDS = 200;
/** Principal axes that the tighter bound looks along. Any axes make a true bound, so rough ones will do. */
const AXES = 2;
const AXES_TOLERANCE = 0.05;
/** Rows that stay in the processor's cache while all others pass by. */
const TILE_ROWS = 32;
/** Jumps "from here to the farthest" that give the bounds a good figure to start from. */
const JUMPS = 3;

/**
 * The smallest cosine similarity of any two of the rows, exactly: that of the two farthest unit vectors.
 *
 * It is quick when some rows lie apart from the rest, as in chains: 0.3 s of processor time for 5,000 rows of 256 whose
 * columns' deviations fall with the square root of their number. Rows without any structure must all be compared: 8 s.
 * @param vectors row-major `[any, dimensions]`; no row meant is all zeros
 * @param rows indexes of the rows meant
 * @returns in [-1, 1]; 1 for less than two rows
 */
export function smallestSimilarity(
  vectors: Float32Array,
  dimensions: number,
  rows: Int32Array,
): number {
  const units = Array.from(rows, (row) => unitRow(vectors, dimensions, row));
  let smallest = 1;
  if (rows.length < ROWS_WORTH_BOUNDS) {
    for (const [i, unit] of units.entries()) {
      for (let j = 0; j < i; j++)
        smallest = Math.min(smallest, dot(unit, units[j] as Float64Array));
    }
  } else {
    const centered = centerRows({ values: vectors, dimensions, rows });
    const axes = principalAxes(centered, AXES, AXES_TOLERANCE);
    smallest = smallestWithinBounds(units, axes);
  }
  return Math.max(smallest, -1);
}

/**
 * Two bounds spare most comparisons. With `r` a row's distance to the centroid, no two rows are farther apart than
 * `r_i + r_j`; with `p` its place along some axes at right angles and `s` its distance from them, no farther than
 * `sqrt(|p_i - p_j|^2 + (s_i + s_j)^2)`.
 */
function smallestWithinBounds(
  unordered: readonly Float64Array[],
  axes: readonly Float64Array[],
): number {
  const { units, radius, places, rest } = farthestFirst(unordered, axes);
  const count = units.length;
  // `i` and `j` stay under `count`, hence the casts.
  const similarity = (i: number, j: number) =>
    dot(units[i] as Float64Array, units[j] as Float64Array);

  let smallest = 1;
  for (let jump = 0, from = 0; jump < JUMPS; jump++) {
    let [farthest, least] = [from, 1];
    for (let i = 0; i < count; i++) {
      const found = similarity(from, i);
      if (found < least) [farthest, least] = [i, found];
    }
    from = farthest;
    smallest = Math.min(smallest, least);
  }

  let limit = 2 - 2 * smallest; // squared distance of unit vectors of that similarity
  for (let first = 0; first < count; first += TILE_ROWS) {
    const end = Math.min(first + TILE_ROWS, count);
    for (let j = 0; j < end; j++) {
      for (let i = Math.max(first, j + 1); i < end; i++) {
        const reach = (radius[i] as number) + (radius[j] as number);
        if (reach * reach <= limit) break; // the next i are no farther from the centroid
        const apart = (rest[i] as number) + (rest[j] as number);
        let bound = apart * apart;
        for (const place of places) {
          const gap = (place[i] as number) - (place[j] as number);
          bound += gap * gap;
        }
        if (bound <= limit) continue;
        smallest = Math.min(smallest, similarity(i, j));
        limit = 2 - 2 * smallest;
      }
    }
  }
  return smallest;
}

/** Unit vectors from the farthest from their centroid to the nearest, with what the bounds need of them in columns. */
function farthestFirst(unordered: readonly Float64Array[], axes: readonly Float64Array[]) {
  const centroid = new Float64Array(unordered[0]?.length ?? 0);
  for (const unit of unordered) {
    for (let d = 0; d < centroid.length; d++) {
      centroid[d] = (centroid[d] as number) + (unit[d] as number) / unordered.length;
    }
  }
  const offset = new Float64Array(centroid.length);
  const located = unordered.map((unit) => {
    for (let d = 0; d < offset.length; d++) {
      offset[d] = (unit[d] as number) - (centroid[d] as number);
    }
    const square = dot(offset, offset);
    const places = axes.map((axis) => dot(offset, axis));
    const along = places.reduce((sum, place) => sum + place * place, 0);
    const rest = Math.sqrt(Math.max(0, square - along));
    return { unit, radius: Math.sqrt(square), places, rest };
  });
  located.sort((x, y) => y.radius - x.radius);
  return {
    units: located.map(({ unit }) => unit),
    radius: Float64Array.from(located, ({ radius }) => radius),
    /** One column per axis. */
    places: axes.map((_, axis) =>
      Float64Array.from(located, ({ places }) => places[axis] as number),
    ),
    rest: Float64Array.from(located, ({ rest }) => rest),
  };
}

function unitRow(vectors: Float32Array, dimensions: number, row: number): Float64Array {
  const unit = new Float64Array(dimensions);
  for (let d = 0, at = row * dimensions; d < dimensions; d++, at++) unit[d] = vectors[at] as number;
  const length = Math.sqrt(dot(unit, unit));
  for (let d = 0; d < dimensions; d++) unit[d] = (unit[d] as number) / length;
  return unit;
}
