/** Splits per word of a set; the sign bit stays unused. */
const SPLITS_PER_WORD = 31;

/** Sets of splits as bit sets in a column of words. Up to 31 splits, a set takes one word. */
export interface SplitSets {
  readonly words: number;
  make(count: number): Int32Array;
  add(sets: Int32Array, at: number, split: number): void;
  has(sets: Int32Array, at: number, split: number): boolean;
  /** Adds the members of the set at `from` of `source`. */
  join(sets: Int32Array, at: number, source: Int32Array, from: number): void;
  /** Number of splits in a set. */
  size(sets: Int32Array, at: number): number;
}

export function splitSets(splits: number): SplitSets {
  const words = Math.max(1, Math.ceil(splits / SPLITS_PER_WORD));
  // Callers pass sets and splits that are in range, hence the casts.
  return {
    words,
    make: (count) => new Int32Array(count * words),
    add(sets, at, split) {
      const word = at * words + Math.floor(split / SPLITS_PER_WORD);
      sets[word] = (sets[word] as number) | (1 << (split % SPLITS_PER_WORD));
    },
    has(sets, at, split) {
      const word = sets[at * words + Math.floor(split / SPLITS_PER_WORD)] as number;
      return (word & (1 << (split % SPLITS_PER_WORD))) !== 0;
    },
    join(sets, at, source, from) {
      for (let word = 0; word < words; word++) {
        sets[at * words + word] =
          (sets[at * words + word] as number) | (source[from * words + word] as number);
      }
    },
    size(sets, at) {
      let size = 0;
      for (let word = at * words; word < (at + 1) * words; word++) {
        for (let bits = sets[word] as number; bits !== 0; bits &= bits - 1) size++;
      }
      return size;
    },
  };
}
