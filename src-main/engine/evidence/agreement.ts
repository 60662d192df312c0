/** Blocks that a picture is cut into along each side: a copy agrees in every one of them, a look-alike in some. */
const BLOCKS = 4;
/** Radius in cells of the square whose mean is taken away, so that only detail is compared. */
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
const rowMeans = new Float64Array(MAX_SIDE * MAX_SIDE);

/** Means of `values` over a running window of `2 * DETAIL_RADIUS + 1` along one line of cells, edges repeated. */
function smoothLine(
  values: Float32Array | Float64Array,
  into: Float32Array | Float64Array,
  start: number,
  stride: number,
  side: number,
): void {
  const last = start + (side - 1) * stride;
  const share = 1 / (2 * DETAIL_RADIUS + 1);
  let sum = 0;
  for (let i = -DETAIL_RADIUS; i <= DETAIL_RADIUS; i++)
    sum += values[i < 0 ? start : start + i * stride] as number;
  for (let i = 0, at = start; i < side; i++, at += stride) {
    into[at] = sum * share;
    const entering = at + (DETAIL_RADIUS + 1) * stride;
    const leaving = at - DETAIL_RADIUS * stride;
    sum +=
      (values[entering > last ? last : entering] as number) -
      (values[leaving < start ? start : leaving] as number);
  }
}

/**
 * What is left of a picture without its soft changes of light: each cell minus the mean of the 5x5 cells around it.
 * @param picture row-major [side, side], gray levels; side from 3 to 32
 * @param into where the answer goes, of the same shape
 */
export function extractDetail(picture: Float32Array, into: Float32Array, side: number): void {
  for (let y = 0; y < side; y++) smoothLine(picture, rowMeans, y * side, 1, side);
  for (let x = 0; x < side; x++) smoothLine(rowMeans, into, x, side, side);
  for (let i = 0; i < side * side; i++) into[i] = (picture[i] as number) - (into[i] as number);
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
    const stronger = pp > qq ? pp : qq;
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
