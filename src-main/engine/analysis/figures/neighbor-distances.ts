import type { Threshold } from "../../../contract/threshold.ts";
import type { ProjectView, ViewedOutput } from "../../data/project-view.ts";
import { rowDistance } from "../../vectors/space.ts";
import { sortedNonZero } from "../clusters/dnikit-distance.ts";

/** Whether a threshold depends on the distances between all neighbors. */
export function needsNeighborDistances({ strategy }: Threshold): boolean {
  return strategy === "slope" || strategy === "percentile";
}

/**
 * Distances from every image to its k nearest images of the whole data set, copies included: the input of DNIKit's strategies.
 * @returns ascending, without the zeros between copies
 */
export function neighborDistances(
  { nodes, splits, record }: ProjectView,
  modelOutput: ViewedOutput,
): Float64Array {
  const { vectors, dimensions } = modelOutput.space;
  const k = record.preset === "dnikit" ? record.neighbors.k - 1 : record.neighbors.k;
  const all: number[] = [];
  for (let node = 0; node < nodes.count; node++) {
    const copies = nodes.copies[node] ?? 1;
    const others = new Set(splits.flatMap(({ id }) => modelOutput.neighborsOf(node, id)));
    const nearest = Array.from(others)
      .flatMap((other) =>
        Array<number>(nodes.copies[other] ?? 1).fill(rowDistance(vectors, dimensions, node, other)),
      )
      .sort((a, b) => a - b)
      .slice(0, Math.max(0, k - (copies - 1)));
    for (let copy = 0; copy < copies; copy++) all.push(...nearest);
  }
  return sortedNonZero(Float64Array.from(all));
}
