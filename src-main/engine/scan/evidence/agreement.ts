/** Blocks that a picture is cut into along each side: a copy agrees in every one of them, a look-alike in some. */
const BLOCKS = 4;
/** Radius in cells of the 5x5 square whose mean is taken away, so that only detail is compared. */
const DETAIL_RADIUS = 2;
/** Detail weaker than this (standard deviation, in gray levels) is taken for noise of the encoder. */
const NOISE_LEVELS = 1.5;
/** Times the noise's energy at which a block counts as half textured. */
const TEXTURE_TO_NOISE = 4;
/** Blocks of full texture that a picture must have for its agreement to count in full. */
const TEXTURE_NEEDED = 2;
/** How much the blocks' disagreement with each other takes from their mean, in standard deviations. */
const SPREAD_WEIGHT = 0.5;

const MAX_SIDE = 32;
/** One line of cells, gone on beyond both ends as far as the square reaches, so that an even slope has no detail. */
const line = new Float64Array(MAX_SIDE + 2 * DETAIL_RADIUS);
/** Sums of five cells side by side, and as many lines of them above and below the picture as the square reaches. */
const rowSums = new Float64Array((MAX_SIDE + 2 * DETAIL_RADIUS) * MAX_SIDE);
const squareSums = new Float64Array(MAX_SIDE);

/** Sums the five cells around each cell of a row of the picture. */
function sumRow(picture: Float32Array, start: number, side: number, into: number): void {
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
 * What is left of a picture without its soft changes of light: each cell minus the mean of the 5x5 cells around it.
 * @param picture row-major [side, side], gray levels; side from 3 to 32
 * @param into where the answer goes, of the same shape
 */
export function extractDetail(picture: Float32Array, into: Float32Array, side: number): void {
  for (let y = 0; y < side; y++) sumRow(picture, y * side, side, (y + 2) * side);
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
 * texture as weight, less half the standard deviation between blocks. A copy agrees everywhere; a look-alike with the
 * same outline, or the same scene with an object moved, agrees in some blocks and not in others. Brightness, contrast
 * and soft light change nothing, and plain surfaces add nothing: two skies come out near 0.
 * @param p details, row-major [side, side], gray levels; `side` a multiple of 4
 * @param q the other's details, of the same shape
 * @returns in [-1, 1]; 1 for the same textured picture, about 0 or below for unrelated or flat ones
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
