import { InferenceSession, Tensor } from "onnxruntime-node";
import { encodeOnnx } from "../../vectors/onnx-graph.ts";
import { rowDot } from "../../vectors/space.ts";

/** From this many rows, matrix products in ONNX Runtime save more time than opening a session takes. */
const ROWS_WORTH_SESSION = 400;
/** Rows compared with one tile of rows at a time; their float32 similarities take 8 MiB. */
const BLOCK_ROWS = 512;
const TILE_ROWS = 4096;
/** Unit roundoff of float32. */
const FLOAT32_ROUNDOFF = 2 ** -24;
/** Squared distances of unit vectors below this are rounding errors of double precision. */
const SQUARED_ROUNDOFF = 1e-12;

/**
 * The smallest cosine similarity of any two of the rows, exactly.
 *
 * For many rows, float32 matrix products find the candidates, and double precision compares these with all other rows. The result
 * does not depend on threads or processor instructions.
 * @param vectors row-major `[any, dimensions]`; the chosen rows are not all zeros
 * @param rows indexes of the chosen rows
 * @returns in [-1, 1]; 1 for fewer than two rows
 */
export async function smallestSimilarity(
  vectors: Float32Array,
  dimensions: number,
  rows: Int32Array,
): Promise<number> {
  const lengths = Float64Array.from(rows, (row) =>
    Math.sqrt(rowDot(vectors, dimensions, row, row)),
  );
  /** The smallest similarity of the row at `i` and any of the first `count` rows, or `least` if that is smaller. */
  const smallestWith = (i: number, count: number, least: number): number => {
    let smallest = least;
    for (let j = 0; j < count; j++) {
      // `i` and `j` are below the number of rows, hence the casts here and below.
      const product = rowDot(vectors, dimensions, rows[i] as number, rows[j] as number);
      smallest = Math.min(smallest, product / ((lengths[i] as number) * (lengths[j] as number)));
    }
    return smallest;
  };

  let smallest = 1;
  if (rows.length < ROWS_WORTH_SESSION) {
    for (let i = 1; i < rows.length; i++) smallest = smallestWith(i, i, smallest);
  } else {
    const centered = centerUnits(vectors, dimensions, rows, lengths);
    for (const i of await findSuspects(centered, dimensions)) {
      // No two unit vectors are farther apart than their distances from the centroid together.
      const reach = (centered.radius[i] as number) + centered.largestRadius;
      if (reach * reach <= 2 - 2 * smallest + SQUARED_ROUNDOFF) continue;
      smallest = smallestWith(i, rows.length, smallest);
    }
  }
  return Math.max(smallest, -1);
}

/**
 * Unit vectors as offsets from their centroid, so rounding stays small compared to the differences of close vectors. With `c` the centroid and `a'`, `b'` the offsets, `a . b = a' . b' + c . a' + c . b' + c . c`.
 */
interface CenteredUnits {
  /** Row-major `[rows, dimensions]`. */
  readonly offsets: Float32Array;
  /** `c . a'` of each row. */
  readonly alongCentroid: Float32Array;
  /** `|a'|` of each row. */
  readonly radius: Float64Array;
  readonly largestRadius: number;
}

function centerUnits(
  vectors: Float32Array,
  dimensions: number,
  rows: Int32Array,
  lengths: Float64Array,
): CenteredUnits {
  const count = rows.length;
  const centroid = new Float64Array(dimensions);
  for (let i = 0; i < count; i++) {
    const start = (rows[i] as number) * dimensions;
    const weight = 1 / ((lengths[i] as number) * count);
    for (let d = 0; d < dimensions; d++) {
      centroid[d] = (centroid[d] as number) + weight * (vectors[start + d] as number);
    }
  }
  const offsets = new Float32Array(count * dimensions);
  const alongCentroid = new Float32Array(count);
  const radius = new Float64Array(count);
  let largestRadius = 0;
  for (let i = 0; i < count; i++) {
    const start = (rows[i] as number) * dimensions;
    let [along, square] = [0, 0];
    for (let d = 0; d < dimensions; d++) {
      const offset =
        (vectors[start + d] as number) / (lengths[i] as number) - (centroid[d] as number);
      offsets[i * dimensions + d] = offset;
      along += offset * (centroid[d] as number);
      square += offset * offset;
    }
    alongCentroid[i] = along;
    radius[i] = Math.sqrt(square);
    largestRadius = Math.max(largestRadius, radius[i] as number);
  }
  return { offsets, alongCentroid, radius, largestRadius };
}

/** Indexes of the rows that may belong to the least similar pair, the most likely first. */
async function findSuspects(centered: CenteredUnits, dimensions: number): Promise<number[]> {
  const { offsets, alongCentroid, largestRadius } = centered;
  const count = alongCentroid.length;
  const rowsOf = (first: number, end: number) =>
    new Tensor("float32", offsets.subarray(first * dimensions, end * dimensions), [
      end - first,
      dimensions,
    ]);
  // Of the two rows, the one in the earlier block meets the other in its own block's tiles.
  const least = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const session = await InferenceSession.create(leastProductGraph(), { logSeverityLevel: 3 });
  try {
    for (let first = 0; first < count; first += BLOCK_ROWS) {
      const block = rowsOf(first, Math.min(first + BLOCK_ROWS, count));
      for (let start = first; start < count; start += TILE_ROWS) {
        const end = Math.min(start + TILE_ROWS, count);
        const outputs = await session.run({
          block,
          tile: rowsOf(start, end),
          along: new Tensor("float32", alongCentroid.subarray(start, end), [1, end - start]),
        });
        const found = outputs.least?.data as Float32Array;
        for (let i = 0; i < found.length; i++) {
          const product = (found[i] as number) + (alongCentroid[first + i] as number);
          least[first + i] = Math.min(least[first + i] as number, product);
        }
      }
    }
  } finally {
    await session.release();
  }
  // Higham, Accuracy and Stability of Numerical Algorithms, 2002, 3.1, as in the search for neighbors.
  const largestAlong = alongCentroid.reduce((most, along) => Math.max(most, Math.abs(along)), 0);
  const roundingError =
    FLOAT32_ROUNDOFF * ((dimensions + 4) * largestRadius ** 2 + 4 * largestAlong);
  const limit = least.reduce((a, b) => Math.min(a, b)) + 2 * roundingError;
  const suspects: number[] = [];
  for (let i = 0; i < count; i++) if ((least[i] as number) <= limit) suspects.push(i);
  return suspects.sort((i, j) => (least[i] as number) - (least[j] as number) || i - j);
}

/** For each row of a block, the least of its products with the rows of a tile, plus `along` of the tile's row. */
function leastProductGraph(): Uint8Array {
  return encodeOnnx({
    inputs: [
      { name: "block", type: "float32", shape: ["m", "d"] },
      { name: "tile", type: "float32", shape: ["n", "d"] },
      { name: "along", type: "float32", shape: [1, "n"] },
    ],
    outputs: [{ name: "least", type: "float32", shape: ["m"] }],
    nodes: [
      {
        op: "Gemm",
        inputs: ["block", "tile", "along"],
        outputs: ["products"],
        attributes: { transB: { int: 1 } },
      },
      {
        op: "ReduceMin",
        inputs: ["products"],
        outputs: ["least"],
        attributes: { axes: { ints: [1] }, keepdims: { int: 0 } },
      },
    ],
  });
}
