/** Pseudo-random numbers in [-1, 1), determined by the seed. */
export function scattered(count: number, seed: number): Float32Array {
  let state = Math.imul(seed, 2_654_435_761) | 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2 ** 31;
  });
}

/** Row-major `[count, dimensions]`: a cloud around one direction, wide in the first columns and narrow in the last. */
export function cloud(count: number, dimensions: number, seed: number): Float32Array {
  return scattered(count * dimensions, seed).map((value, i) => 1 + value / (1 + (i % dimensions)));
}

export const upTo = (count: number) => Int32Array.from({ length: count }, (_, i) => i);
