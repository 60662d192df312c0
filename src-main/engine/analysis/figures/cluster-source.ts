import type { ProjectView, ViewedOutput } from "../../data/project-view.ts";
import type { ClusterSource } from "../clusters/statistics.ts";

/** What the statistics of clusters of these nodes are made from. */
export function clusterSource(
  { nodes: { copies }, record }: ProjectView,
  modelOutput: ViewedOutput,
  nodes: Int32Array,
): ClusterSource {
  const { pairs, dimensions } = modelOutput;
  const embeddings = modelOutput.embeddings.of(nodes);
  const figures = { pairs, copies, dimensions, embeddings };
  // Embeddings that were searched as they are need not all be there; a reduction is fitted to all.
  if (record.preset === null && record.pca === null) {
    return { ...figures, searched: embeddings, searchedDimensions: dimensions };
  }
  const { vectors, dimensions: searchedDimensions } = modelOutput.space;
  return { ...figures, searched: vectors, searchedDimensions };
}
