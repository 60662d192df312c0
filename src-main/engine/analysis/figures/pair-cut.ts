import type { Grouping } from "../../../contract/grouping.ts";
import type { ReportThreshold } from "../../../contract/report.ts";
import type { Threshold } from "../../../contract/threshold.ts";
import { roundFigure } from "../../../text/figures.ts";
import type { ProjectView, ViewedOutput } from "../../data/project-view.ts";
import type { Clusters } from "../clusters/cluster.ts";
import { groupPairs } from "../clusters/group-pairs.ts";
import { acceptPairs, type Comparison, resolveThreshold } from "../clusters/thresholds.ts";

/** One model output's pairs cut at a threshold. */
export interface PairCut {
  readonly modelOutput: ViewedOutput;
  readonly comparison: Comparison;
  /** One byte per pair: 1 where the threshold accepts it and no reviewer rejected it. */
  readonly accepted: Uint8Array;
  readonly grouping: Grouping;
  readonly clusters: Clusters;
}

export interface CutOptions {
  readonly threshold: Threshold;
  readonly grouping: Grouping;
  /** Input of `slope` and `percentile`; may be empty for other thresholds. */
  readonly neighborDistances: Float64Array;
  /** Rows of the pairs that a reviewer rejected. */
  readonly rejected: Int32Array;
}

export function cutPairs(
  { nodes, record }: ProjectView,
  modelOutput: ViewedOutput,
  { threshold, grouping: requested, neighborDistances, rejected }: CutOptions,
): PairCut {
  const comparison = resolveThreshold(threshold, neighborDistances);
  const accepted = acceptPairs(modelOutput.pairs, comparison);
  for (const row of rejected) accepted[row] = 0;
  // DNIKit has no other grouping.
  const grouping = record.preset === "dnikit" ? "closure" : requested;
  return {
    modelOutput,
    comparison,
    accepted,
    grouping,
    clusters: groupPairs(modelOutput.pairs, accepted, nodes.copies, grouping),
  };
}

/** A threshold as reports show it. */
export function reportedThreshold({ report }: Comparison): ReportThreshold {
  const { distance, ...rest } = report;
  return distance === undefined ? rest : { ...rest, distance: roundFigure(distance) };
}

/** The row of the pair with the highest confidence that no reviewer rejected; -1 if there is none. */
export function surestRow({ pairs }: ViewedOutput, rejected: Int32Array): number {
  const without = new Set(rejected);
  let best = -1;
  for (let row = 0; row < pairs.count; row++) {
    if (without.has(row)) continue;
    if (best < 0 || (pairs.confidence[row] as number) > (pairs.confidence[best] as number)) {
      best = row;
    }
  }
  return best;
}
