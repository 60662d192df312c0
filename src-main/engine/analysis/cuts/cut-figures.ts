import type { CutFigures } from "../../../contract/cut.ts";
import { ImageId } from "../../../contract/ids.ts";
import { roundFigure } from "../../../text/figures.ts";
import { leakFigures, reachedSplits } from "../figures/leaks.ts";
import { reportedThreshold, surestRow } from "../figures/pair-cut.ts";
import type { ClusterCut } from "./cluster-cut.ts";
import { type Decisions, unmarkedImages } from "./decisions.ts";
import { conflictIsSettled } from "./label-conflicts.ts";

/** The figures of a cut, counted as in reports. */
export function cutFigures(cut: ClusterCut, decisions: Decisions): CutFigures {
  const { view, files, pairCut } = cut;
  const { count } = cut.clusters;
  let settledConflicts = 0;
  let decidedClusters = 0;
  const unmarked = unmarkedImages(cut, decisions.marks);
  for (let cluster = 0; cluster < count; cluster++) {
    if (conflictIsSettled(cut, decisions, cluster)) settledConflicts++;
    if (unmarked[cluster] === 0) decidedClusters++;
  }
  return {
    threshold: reportedThreshold(pairCut.comparison),
    ...cut.counts,
    settledConflicts,
    decidedClusters,
    leaks: leakFigures(view, files, reachedSplits(view, files, [pairCut])),
    precision: precisionOf(cut),
    closest: count === 0 ? closestPair(cut) : null,
  };
}

function precisionOf({ pairCut: { modelOutput, accepted } }: ClusterCut): number | null {
  const { count, confidence } = modelOutput.pairs;
  let [pairs, sum] = [0, 0];
  for (let row = 0; row < count; row++) {
    if (accepted[row] === 0) continue;
    pairs++;
    sum += confidence[row] as number;
  }
  return pairs === 0 ? null : roundFigure(sum / pairs);
}

function closestPair({
  pairCut: { modelOutput },
  files,
  rejected,
}: ClusterCut): CutFigures["closest"] {
  const row = surestRow(modelOutput, rejected);
  if (row < 0) return null;
  const { a, b, similarity, confidence, distance } = modelOutput.pairs;
  const firstImage = (node: number | undefined) =>
    ImageId.parse(files.id[files.fileStart[node ?? 0] ?? 0]);
  return {
    a: firstImage(a[row]),
    b: firstImage(b[row]),
    similarity: roundFigure(similarity[row] ?? 0),
    confidence: roundFigure(confidence[row] ?? 0),
    distance: roundFigure(distance[row] ?? 0),
  };
}
