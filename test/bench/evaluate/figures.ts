/** A thing that was ranked: whether it is what was looked for. */
export interface Ranked {
  readonly score: number;
  readonly right: boolean;
}

/** Mean over all positives of the precision at their rank; those that are not ranked count as 0. */
export function averagePrecision(ranked: readonly Ranked[], positives: number): number {
  let found = 0;
  let sum = 0;
  best(ranked).forEach(({ right }, at) => {
    if (right) sum += ++found / (at + 1);
  });
  return positives === 0 ? 0 : sum / positives;
}

/** The best recall at which at least this share of what was found is right. */
export function recallAtPrecision(
  ranked: readonly Ranked[],
  positives: number,
  precision: number,
): number {
  let found = 0;
  let recall = 0;
  best(ranked).forEach(({ right }, at) => {
    if (right) found++;
    if (found >= precision * (at + 1)) recall = found / positives;
  });
  return recall;
}

function best(ranked: readonly Ranked[]): Ranked[] {
  return ranked.toSorted((a, b) => b.score - a.score);
}
