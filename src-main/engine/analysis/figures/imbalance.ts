import type { Imbalance, Report } from "../../../contract/report.ts";
import { roundFigure } from "../../../text/figures.ts";

/**
 * How unevenly N images are distributed over K classes of n_1 to n_K images.
 *
 * - ratio = max n_i / min n_i, the imbalance ratio of Buda, Maki & Mazurowski 2018, https://arxiv.org/abs/1710.05381
 * - entropy = -sum (n_i / N) ln (n_i / N) / ln K, Shannon's entropy divided by its maximum: the evenness J' of
 *   Pielou 1966, https://doi.org/10.1016/0022-5193(66)90013-0
 * @param counts images per class, whole numbers from 0
 */
export function imbalanceOf(counts: readonly number[]): Imbalance {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (counts.length < 2 || total === 0) return { ratio: null, entropy: null };
  const least = counts.reduce((a, b) => Math.min(a, b));
  const most = counts.reduce((a, b) => Math.max(a, b));
  let entropy = 0;
  for (const count of counts) {
    if (count > 0) entropy -= (count / total) * Math.log(count / total);
  }
  return {
    ratio: least === 0 ? null : roundFigure(most / least),
    entropy: roundFigure(entropy / Math.log(counts.length)),
  };
}

/** The imbalance of each split: now, with one image kept per cluster, and without the images of the remove list. */
export function imbalanceBySplit(
  balance: Report["balance"],
  after: Report["balanceAfter"],
): Report["imbalance"] {
  return Object.fromEntries(
    Object.entries(balance).map(([split, labels]) => {
      const counts = Object.values(labels);
      return [
        split,
        {
          images: imbalanceOf(counts.map(({ images }) => images)),
          distinct: imbalanceOf(counts.map(({ distinct }) => distinct)),
          after: imbalanceOf(Object.values(after[split] ?? {})),
        },
      ];
    }),
  );
}
