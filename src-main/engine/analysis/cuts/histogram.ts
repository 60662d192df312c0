import type { PairColumn, PairHistogram } from "../../../contract/cut.ts";
import type { ProjectView, ViewedOutput } from "../../data/project-view.ts";
import type { FileColumns } from "../figures/file-columns.ts";
import { splitSets } from "../figures/split-sets.ts";

const BINS = 60;
/** Share of pairs that may fall outside the far end of the range, so that a few outliers do not flatten the rest. */
const FAR_END = 0.01;
/** The range starts and ends at multiples of this. */
const STEP = 0.01;

/** Counts the stored pairs per bin, separately within one split and across splits. The outer bins include the pairs outside the range. */
export function pairHistogram(
  view: ProjectView,
  files: FileColumns,
  { pairs }: ViewedOutput,
  column: PairColumn,
): PairHistogram {
  const values = pairs[column];
  const [from, to] = rangeOf(values, column);
  const within = new Int32Array(BINS);
  const across = new Int32Array(BINS);
  const sets = splitSets(view.splits.length);
  const own = files.splitsOfNode;
  const both = sets.make(1);
  for (let row = 0; row < pairs.count; row++) {
    const index = Math.floor((((values[row] as number) - from) / (to - from)) * BINS);
    const bin = Math.min(BINS - 1, Math.max(0, index));
    both.fill(0);
    sets.join(both, 0, own, pairs.a[row] as number);
    sets.join(both, 0, own, pairs.b[row] as number);
    const counts = sets.size(both, 0) > 1 ? across : within;
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { column, from, to, within: [...within], across: [...across] };
}

function rangeOf(values: Float64Array, column: PairColumn): [from: number, to: number] {
  if (column === "confidence") return [0, 1];
  const sorted = values.slice().sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  if (column === "similarity") {
    const from = sorted.length === 0 ? 0 : Math.floor(at(FAR_END) / STEP) * STEP;
    return [Math.max(-1, Math.min(from, 1 - STEP)), 1];
  }
  return [0, Math.max(STEP, Math.ceil(at(1 - FAR_END) / STEP) * STEP)];
}
