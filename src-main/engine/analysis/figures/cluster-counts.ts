import type { ClusterCounts } from "../../../contract/report.ts";

export interface CountedCluster {
  /** Number of images. */
  readonly size: number;
  /** Number of splits that it has images in. */
  readonly splits: number;
  /** Whether its images have more than one label. */
  readonly labelConflict: boolean;
}

/** @param clusters those of one model output */
export function countClusters(clusters: readonly CountedCluster[]): ClusterCounts {
  const clusteredImages = clusters.reduce((sum, { size }) => sum + size, 0);
  return {
    clusters: clusters.length,
    clusteredImages,
    redundantImages: clusteredImages - clusters.length,
    crossSplitClusters: clusters.filter(({ splits }) => splits > 1).length,
    labelConflicts: clusters.filter(({ labelConflict }) => labelConflict).length,
  };
}
