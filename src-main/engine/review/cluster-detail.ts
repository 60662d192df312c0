import type { ClusterDetail, ReviewImage } from "../../contract/cut.ts";
import { ImageId } from "../../contract/ids.ts";
import type { ReportPair } from "../../contract/report.ts";
import { roundFigure } from "../../text/figures.ts";
import { describeCluster } from "../analysis/clusters/statistics.ts";
import type { ClusterCut } from "../analysis/cuts/cluster-cut.ts";
import type { Decisions } from "../analysis/cuts/decisions.ts";
import { conflictIsSettled } from "../analysis/cuts/label-conflicts.ts";
import {
  bestPairByImage,
  distancesOf,
  filesInOrder,
  pairKey,
  pairsOf,
  weakestLinkOf,
} from "../analysis/figures/cluster-pairs.ts";
import { tally } from "../analysis/figures/tally.ts";
import { type ContentFacts, contentReader } from "../data/contents-table.ts";
import { markName } from "../data/decisions/mark-codes.ts";
import { reportImage } from "../data/project-view.ts";
import { bestImages } from "./best-images.ts";
import { newcomerReader } from "./newcomers.ts";

/**
 * Everything about the cluster on screen, computed as in reports. Reads from the project file only before the first `await`, because
 * the project may be closed meanwhile.
 */
export async function clusterDetail(
  cut: ClusterCut,
  decisions: Decisions,
  cluster: number,
): Promise<ClusterDetail> {
  const { view } = cut;
  const facts = contentReader(view.project);
  const pairs = pairsOf(view, cut.pairCut, cluster, facts);
  const distances = distancesOf(view, cut.pairCut, cluster);
  const distanceOf = (pair: ReportPair) => distances.get(pairKey(pair)) ?? 0;
  const matches = bestPairByImage({ pairs });
  const newcomers = newcomerReader(cut, decisions)(cluster);
  const best = bestOfCluster(cut, decisions, cluster);
  const labelsSettled = conflictIsSettled(cut, decisions, cluster);
  const imageById = new Map(
    filesInOrder(view, { order: cut.nodesOf(cluster) }).map(({ id }) => [
      id,
      {
        ...reviewImage(cut, decisions, id, matches.get(ImageId.parse(id)), distanceOf, facts),
        newcomer: newcomers.has(id),
      },
    ]),
  );
  const statistics = await describeCluster(cut.clusters, cluster, cut.sourceOf(cluster));
  const images = filesInOrder(view, statistics).flatMap(({ id }) => imageById.get(id) ?? []);
  return {
    anchor: ImageId.parse(cut.anchorOf(cluster)),
    size: statistics.size,
    mean: roundFigure(statistics.mean),
    std: roundFigure(statistics.std),
    minSimilarity: roundFigure(statistics.minSimilarity),
    weakestLink: weakestLinkOf(view, statistics),
    splits: tally(images.map(({ split }) => split)),
    labels: tally(images.map(({ label }) => label)),
    labelsSettled,
    images,
    pairs: pairs.map((pair) => ({ ...pair, distance: distanceOf(pair) })),
    best,
  };
}

function bestOfCluster(
  cut: ClusterCut,
  decisions: Decisions,
  cluster: number,
): ClusterDetail["best"] {
  const { keep, remove, reason } = bestImages(cut, { labels: decisions.labels }, "few")(cluster);
  return {
    keep: keep.map((id) => ImageId.parse(id)),
    remove: remove.map((id) => ImageId.parse(id)),
    reason,
  };
}

function reviewImage(
  { view, files }: ClusterCut,
  { marks, labels }: Decisions,
  id: number,
  pair: ReportPair | undefined,
  distanceOf: (pair: ReportPair) => number,
  facts: (content: number) => ContentFacts,
): Omit<ReviewImage, "newcomer"> {
  const [image] = reportImage(view, id, facts);
  const index = files.indexOf.get(id);
  if (!image || index === undefined) throw new Error(`The project lacks image ${id}`);
  const { sha256, ...rest } = image;
  return {
    ...rest,
    mark: markName(marks[index]),
    rightLabel: labels.get(id) ?? null,
    protected: files.protected[index] === 1,
    match: pair
      ? {
          other: pair.a === id ? pair.b : pair.a,
          similarity: pair.similarity,
          confidence: pair.confidence,
          distance: distanceOf(pair),
          kind: pair.kind,
        }
      : null,
  };
}
