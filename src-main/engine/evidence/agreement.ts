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
const rowSums = new Float64Array(MAX_SIDE * MAX_SIDE);
/** One line of cells, gone on beyond both ends as far as the square reaches, so that an even slope has no detail. */
const line = new Float64Array(MAX_SIDE + 2 * DETAIL_RADIUS);

/** Sums the five cells around each cell of the line that starts at `start`, into the same places of `into`. */
function sumLine(
  values: Float32Array | Float64Array,
  into: Float64Array,
  start: number,
  stride: number,
  side: number,
): void {
  for (let i = 0, at = start; i < side; i++, at += stride) line[i + 2] = values[at] as number;
  for (let beyond = 1; beyond <= DETAIL_RADIUS; beyond++) {
    line[2 - beyond] = 2 * (line[2] as number) - (line[2 + beyond] as number);
    const last = side + 1;
    line[last + beyond] = 2 * (line[last] as number) - (line[last - beyond] as number);
  }
  let sum = (line[0] as number) + (line[1] as number) + (line[2] as number) + (line[3] as number);
  for (let i = 0, at = start; i < side; i++, at += stride) {
    sum += line[i + 4] as number;
    into[at] = sum;
    sum -= line[i] as number;
  }
}

/**
 * What is left of a picture without its soft changes of light: each cell minus the mean of the 5x5 cells around it.
 * @param picture row-major [side, side], gray levels; side from 3 to 32
 * @param into where the answer goes, of the same shape
 */
export function extractDetail(picture: Float32Array, into: Float32Array, side: number): void {
  for (let y = 0; y < side; y++) sumLine(picture, rowSums, y * side, 1, side);
  for (let x = 0; x < side; x++) sumLine(rowSums, rowSums, x, side, side);
  for (let i = 0; i < side * side; i++)
    into[i] = (picture[i] as number) - (rowSums[i] as number) / 25;
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
