/** Splits that one word of a set holds; the sign bit is left alone. */
const SPLITS_PER_WORD = 31;

/** Sets of splits as bits in columns of whole words: one word a set up to 31 splits. */
export interface SplitSets {
  readonly words: number;
  make(count: number): Int32Array;
  add(sets: Int32Array, at: number, split: number): void;
  has(sets: Int32Array, at: number, split: number): boolean;
  /** Adds all that the set at `from` of `source` holds. */
  join(sets: Int32Array, at: number, source: Int32Array, from: number): void;
  /** Number of splits in a set. */
  size(sets: Int32Array, at: number): number;
}

export function splitSets(splits: number): SplitSets {
  const words = Math.max(1, Math.ceil(splits / SPLITS_PER_WORD));
  // Sets and splits are in range by their callers, hence the casts.
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
