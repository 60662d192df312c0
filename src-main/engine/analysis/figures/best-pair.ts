import type { ImageId } from "../../../contract/ids.ts";
import type { ReportCluster, ReportPair } from "../../../contract/report.ts";

/** For each image of a cluster the pair of the highest confidence, then similarity; of equals the first listed. */
export function bestPairByImage(cluster: Pick<ReportCluster, "pairs">): Map<ImageId, ReportPair> {
  const best = new Map<ImageId, ReportPair>();
  for (const pair of cluster.pairs) {
    for (const id of [pair.a, pair.b]) {
      const known = best.get(id);
      if (known === undefined || isSurer(pair, known)) best.set(id, pair);
    }
  }
  return best;
}

function isSurer(pair: ReportPair, than: ReportPair): boolean {
  return pair.confidence === than.confidence
    ? pair.similarity > than.similarity
    : pair.confidence > than.confidence;
}
