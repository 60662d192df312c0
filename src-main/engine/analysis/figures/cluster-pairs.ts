import { EVIDENCE_KINDS, type EvidenceKind } from "../../../contract/evidence-kind.ts";
import { ImageId } from "../../../contract/ids.ts";
import type { ReportCluster, ReportPair } from "../../../contract/report.ts";
import { roundFigure } from "../../../text/figures.ts";
import type { ContentFacts } from "../../data/contents-table.ts";
import type { NodeFile } from "../../data/nodes.ts";
import type { ProjectView } from "../../data/project-view.ts";
import type { ClusterStatistics } from "../clusters/statistics.ts";
import type { PairCut } from "./pair-cut.ts";

/** A cluster's files along its first principal component. */
export function filesInOrder(
  { nodes }: ProjectView,
  { order }: Pick<ClusterStatistics, "order">,
): NodeFile[] {
  return Array.from(order).flatMap((node) => nodes.files[node] ?? []);
}

/** A cluster's weakest link as a pair of files. */
export function weakestLinkOf(
  { nodes }: ProjectView,
  { weakestLink: { a, b, similarity } }: ClusterStatistics,
): ReportCluster["weakestLink"] {
  // A link within one node is between its first two files.
  const [first, second] = [
    nodes.files[a]?.[0]?.id ?? 0,
    nodes.files[b]?.[a === b ? 1 : 0]?.id ?? 0,
  ];
  return { a: ImageId.parse(first), b: ImageId.parse(second), similarity: roundFigure(similarity) };
}

/** A cluster's pairs: the accepted ones, between the first files of two nodes, and those of a node's first file with its copies. */
export function pairsOf(
  { nodes }: ProjectView,
  { modelOutput: { pairs }, clusters }: PairCut,
  cluster: number,
  facts: (content: number) => ContentFacts,
): ReportPair[] {
  const found: ReportPair[] = [];
  for (const row of clusters.pairRows.subarray(
    clusters.pairStart[cluster],
    clusters.pairStart[cluster + 1],
  )) {
    found.push({
      a: fileId(nodes.files[pairs.a[row] ?? -1]?.[0]),
      b: fileId(nodes.files[pairs.b[row] ?? -1]?.[0]),
      similarity: roundFigure(pairs.similarity[row] ?? 0),
      confidence: roundFigure(pairs.confidence[row] ?? 0),
      kind: EVIDENCE_KINDS[pairs.kind[row] ?? -1] ?? "similar",
    });
  }
  for (const node of clusters.nodes.subarray(
    clusters.nodeStart[cluster],
    clusters.nodeStart[cluster + 1],
  )) {
    const [first, ...copies] = nodes.files[node] ?? [];
    for (const copy of first ? copies : []) {
      const kind = kindOfCopies(first?.content ?? 0, copy.content, facts);
      found.push({ a: fileId(first), b: fileId(copy), similarity: 1, confidence: 1, kind });
    }
  }
  return found.sort((x, y) => x.a - y.a || x.b - y.b);
}

/** Distances of a cluster's accepted pairs in the searched space, by {@link pairKey}. Copies of one node have none: it is 0. */
export function distancesOf(
  { nodes }: ProjectView,
  { modelOutput: { pairs }, clusters }: PairCut,
  cluster: number,
): ReadonlyMap<string, number> {
  const rows = clusters.pairRows.subarray(
    clusters.pairStart[cluster],
    clusters.pairStart[cluster + 1],
  );
  return new Map(
    Array.from(rows, (row) => {
      const a = fileId(nodes.files[pairs.a[row] ?? -1]?.[0]);
      const b = fileId(nodes.files[pairs.b[row] ?? -1]?.[0]);
      return [pairKey({ a, b }), roundFigure(pairs.distance[row] ?? 0)];
    }),
  );
}

export function pairKey({ a, b }: Pick<ReportPair, "a" | "b">): string {
  return `${a} ${b}`;
}

function fileId(file: NodeFile | undefined): ImageId {
  return ImageId.parse(file?.id);
}

/** The kind of a pair within one node: files that look the same to the model may differ in their bytes or pixels. */
export function kindOfCopies(
  a: number,
  b: number,
  facts: (content: number) => ContentFacts,
): EvidenceKind {
  if (a === b) return "same-bytes";
  const [first, second] = [facts(a), facts(b)];
  const samePixels = first.pixelDigest !== null && first.pixelDigest === second.pixelDigest;
  return samePixels ? "same-pixels" : "resized";
}

/** Each image's pair with the highest confidence, then the highest similarity, then the first in the list. */
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

type Certainty = Pick<ReportPair, "similarity" | "confidence">;

/** Whether a pair is more certain than another one: higher confidence, then higher similarity. */
export function isSurer(pair: Certainty, than: Certainty): boolean {
  return pair.confidence === than.confidence
    ? pair.similarity > than.similarity
    : pair.confidence > than.confidence;
}
