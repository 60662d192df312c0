/** A ranked item, and whether it is a positive. */
export interface Ranked {
  readonly score: number;
  readonly right: boolean;
}

/** Mean over all positives of the precision at their rank; unranked positives count as 0. */
export function averagePrecision(ranked: readonly Ranked[], positives: number): number {
  let found = 0;
  let sum = 0;
  best(ranked).forEach(({ right }, at) => {
    if (right) sum += ++found / (at + 1);
  });
  return positives === 0 ? 0 : sum / positives;
}

/** The highest recall with at least this precision. */
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
