/** Blocks along each side of a picture. A copy agrees in all of them, a look-alike in some. */
const BLOCKS = 4;
/** Radius, in cells, of the 5x5 square whose mean is subtracted to keep only detail. */
const DETAIL_RADIUS = 2;
/** Detail weaker than this (standard deviation, in gray levels) counts as encoder noise. */
const NOISE_LEVELS = 1.5;
/** Multiple of the noise energy at which a block counts as half textured. */
const TEXTURE_TO_NOISE = 4;
/** Fully textured blocks that a picture needs for its agreement to count in full. */
const TEXTURE_NEEDED = 2;
/** Standard deviations between blocks that are subtracted from their mean. */
const SPREAD_WEIGHT = 0.5;

const MAX_SIDE = 32;

/** Scratch memory of {@link extractDetail}. */
export interface DetailBuffers {
  /** One row of cells, extrapolated at both ends so that a uniform gradient has no detail. */
  readonly line: Float64Array;
  /** Sums of five adjacent cells, with extrapolated rows above and below the picture. */
  readonly rowSums: Float64Array;
  readonly squareSums: Float64Array;
}

export function newDetailBuffers(): DetailBuffers {
  return {
    line: new Float64Array(MAX_SIDE + 2 * DETAIL_RADIUS),
    rowSums: new Float64Array((MAX_SIDE + 2 * DETAIL_RADIUS) * MAX_SIDE),
    squareSums: new Float64Array(MAX_SIDE),
  };
}

/** Sums the five cells around each cell of one row. */
function sumRow(
  { line, rowSums }: DetailBuffers,
  picture: Float32Array,
  start: number,
  side: number,
  into: number,
): void {
  for (let i = 0; i < side; i++) line[i + 2] = picture[start + i] as number;
  const last = side + 1;
  line[1] = 2 * (line[2] as number) - (line[3] as number);
  line[0] = 2 * (line[2] as number) - (line[4] as number);
  line[last + 1] = 2 * (line[last] as number) - (line[last - 1] as number);
  line[last + 2] = 2 * (line[last] as number) - (line[last - 2] as number);
  let sum = (line[0] as number) + (line[1] as number) + (line[2] as number) + (line[3] as number);
  for (let i = 0; i < side; i++) {
    sum += line[i + 4] as number;
    rowSums[into + i] = sum;
    sum -= line[i] as number;
  }
}

/**
 * Removes gradual changes of light from a picture: each cell minus the mean of the 5x5 cells around it.
 * @param picture row-major [side, side], gray levels; side from 3 to 32
 * @param into receives the detail, same shape
 */
export function extractDetail(
  buffers: DetailBuffers,
  picture: Float32Array,
  into: Float32Array,
  side: number,
): void {
  const { rowSums, squareSums } = buffers;
  for (let y = 0; y < side; y++) sumRow(buffers, picture, y * side, side, (y + 2) * side);
  const bottom = (side + 1) * side;
  for (let x = 0; x < side; x++) {
    const first = 2 * (rowSums[2 * side + x] as number);
    const last = 2 * (rowSums[bottom + x] as number);
    rowSums[side + x] = first - (rowSums[3 * side + x] as number);
    rowSums[x] = first - (rowSums[4 * side + x] as number);
    rowSums[bottom + side + x] = last - (rowSums[bottom - side + x] as number);
    rowSums[bottom + 2 * side + x] = last - (rowSums[bottom - 2 * side + x] as number);
    squareSums[x] =
      (rowSums[x] as number) +
      (rowSums[side + x] as number) +
      (rowSums[2 * side + x] as number) +
      (rowSums[3 * side + x] as number);
  }
  for (let y = 0, at = 0, below = 4 * side; y < side; y++) {
    for (let x = 0; x < side; x++, at++, below++) {
      const sum = (squareSums[x] as number) + (rowSums[below] as number);
      into[at] = (picture[at] as number) - sum / 25;
      squareSums[x] = sum - (rowSums[at] as number);
    }
  }
}

/**
 * How well the details of two pictures agree: the correlation within each of 4x4 blocks, averaged with the blocks'
 * texture as weight, minus half the standard deviation between blocks. A copy agrees in every block. A look-alike with
 * the same outline, or the same scene with an object moved, agrees only in some. Brightness, contrast and gradual light
 * have no effect, and flat areas add nothing: two skies score near 0.
 * @param p detail, row-major [side, side], gray levels; `side` a multiple of 4
 * @param q the other picture's detail, same shape
 * @returns in [-1, 1]: 1 for the same textured picture, about 0 or below for unrelated or flat pictures
 */
export function detailAgreement(p: Float32Array, q: Float32Array, side: number): number {
  const blockSide = side / BLOCKS;
  const noise = blockSide * blockSide * NOISE_LEVELS * NOISE_LEVELS;
  let texture = 0;
  let sum = 0;
  let squares = 0;
  for (let block = 0; block < BLOCKS * BLOCKS; block++) {
    const column = block % BLOCKS;
    const row = (block - column) / BLOCKS;
    let pp = 0;
    let qq = 0;
    let pq = 0;
    for (let y = 0; y < blockSide; y++) {
      const start = (row * blockSide + y) * side + column * blockSide;
      for (let at = start; at < start + blockSide; at++) {
        const a = p[at] as number;
        const b = q[at] as number;
        pp += a * a;
        qq += b * b;
        pq += a * b;
      }
    }
    const stronger = Math.max(pp, qq);
    const weight = stronger / (stronger + TEXTURE_TO_NOISE * noise);
    const correlation = pq / Math.sqrt((pp + noise) * (qq + noise));
    texture += weight;
    sum += weight * correlation;
    squares += weight * correlation * correlation;
  }
  const enough = Math.max(texture, TEXTURE_NEEDED);
  const mean = sum / enough;
  const variance = squares / enough - mean * mean;
  return mean - SPREAD_WEIGHT * Math.sqrt(Math.max(0, variance));
}
