import { ClusterId, ImageId } from "../../../contract/ids.ts";
import type { Report, ReportCluster, ReportImage } from "../../../contract/report.ts";
import { roundFigure } from "../../../text/figures.ts";
import { TWINLENS_VERSION } from "../../../version.ts";
import {
  type ClusterStatistics,
  clusterSource,
  describeCluster,
} from "../../analysis/clusters/statistics.ts";
import { ClusterCut, ClusterMemory } from "../../analysis/cuts/cluster-cut.ts";
import { readMarks } from "../../analysis/cuts/decisions.ts";
import { listedRemovals } from "../../analysis/cuts/removals.ts";
import { balanceOf, balanceWithout, unlabeledOf } from "../../analysis/figures/balance.ts";
import { filesInOrder, pairsOf, weakestLinkOf } from "../../analysis/figures/cluster-pairs.ts";
import { type FileColumns, fileColumns } from "../../analysis/figures/file-columns.ts";
import { imbalanceBySplit } from "../../analysis/figures/imbalance.ts";
import { leakPairs, leaksByKind } from "../../analysis/figures/leak-pairs.ts";
import { leaksOf } from "../../analysis/figures/leaks.ts";
import {
  needsNeighborDistances,
  neighborDistances,
} from "../../analysis/figures/neighbor-distances.ts";
import {
  type CutOptions,
  cutPairs,
  type PairCut,
  reportedThreshold,
} from "../../analysis/figures/pair-cut.ts";
import { notCompared, reportedModel, reportedSplits } from "../../analysis/figures/scan-facts.ts";
import { tally } from "../../analysis/figures/tally.ts";
import { type ContentFacts, contentReader } from "../../data/contents-table.ts";
import { rejectedNodes, rejectedRows } from "../../data/decisions/rejections.ts";
import { rightLabels } from "../../data/decisions/right-labels.ts";
import { type ProjectView, reportImage } from "../../data/project-view.ts";
import { readProjectRules } from "../../data/settings.ts";

/** A report, and what its lists need. */
export interface BuiltReport {
  readonly report: Report;
  /** Ids of the images on the remove list, by the first model output's clusters. */
  readonly removed: ReadonlySet<number>;
  /** Number of images held back from it because their label conflict is not settled. */
  readonly heldBack: number;
}

/** Cuts each model output's pairs at the threshold and describes the resulting clusters. Reads no images. */
export async function buildReport(
  view: ProjectView,
  { threshold, grouping }: Pick<CutOptions, "threshold" | "grouping">,
): Promise<BuiltReport> {
  const { record, nodes } = view;
  const distances = view.modelOutputs.map((modelOutput) =>
    needsNeighborDistances(threshold) ? neighborDistances(view, modelOutput) : new Float64Array(),
  );
  const rejected = rejectedNodes(view.project, nodes);
  const started = performance.now();
  const rows = view.modelOutputs.map(({ pairs }) => rejectedRows(rejected, pairs));
  const cuts = view.modelOutputs.map((modelOutput, index) =>
    cutPairs(view, modelOutput, {
      threshold,
      grouping,
      neighborDistances: distances[index] ?? new Float64Array(),
      rejected: rows[index] ?? new Int32Array(),
    }),
  );
  const clusterSeconds = (performance.now() - started) / 1000;

  const splits = reportedSplits(view);
  const files = fileColumns(view);
  const facts = contentReader(view.project);
  const described: Unnumbered[] = [];
  for (const cut of cuts) described.push(...(await describeCut(view, cut, facts)));
  const clusters = described
    .sort((a, b) => a.mean - b.mean || (a.images[0] ?? 0) - (b.images[0] ?? 0))
    .map((cluster, index) => ({ ...cluster, id: ClusterId.parse(index + 1) }));
  const images = clusteredImages(view, clusters, facts);
  const pairs = leakPairs(view, cuts, facts);
  const balance = balanceOf(view, files, cuts[0]);
  const { removed, heldBack } = removalsOfReport(view, files, cuts[0], rows[0]);
  const balanceAfter = balanceWithout(view, files, removed);
  const report: Report = {
    schema: "twinlens.report/1",
    twinlens: TWINLENS_VERSION,
    model: reportedModel(record),
    splits,
    threshold: cuts[0] ? reportedThreshold(cuts[0].comparison) : { strategy: threshold.strategy },
    grouping: cuts[0]?.grouping ?? grouping,
    neighbors: { ...record.neighbors, recall: roundFigure(record.neighbors.recall) },
    clusters,
    images,
    leaks: leaksByKind(leaksOf(view, files, cuts), pairs),
    leakPairs: pairs,
    labelConflicts: clusters
      .filter(({ labels }) => Object.keys(labels).length > 1)
      .map(({ id }) => id),
    balance,
    balanceAfter,
    imbalance: imbalanceBySplit(balance, balanceAfter),
    unlabeled: unlabeledOf(view, files, cuts[0]),
    unreadable: [...view.unreadable],
    notCompared: notCompared(view, splits),
    damaged: [...view.damaged],
    skipped: [...view.skipped],
    seconds: {
      walk: roundFigure(record.seconds.walk),
      embed: roundFigure(record.seconds.embed),
      neighbors: roundFigure(record.seconds.neighbors),
      evidence: roundFigure(record.seconds.evidence),
      clusters: roundFigure(clusterSeconds),
      total: roundFigure(record.seconds.total + clusterSeconds),
    },
  };
  return { report, removed, heldBack };
}

/** What the project's keeper rules and marks remove from the clusters of one model output. */
function removalsOfReport(
  view: ProjectView,
  files: FileColumns,
  pairCut: PairCut | undefined,
  rejected: Int32Array = new Int32Array(),
): Pick<BuiltReport, "removed" | "heldBack"> {
  if (!pairCut) return { removed: new Set(), heldBack: 0 };
  const cut = new ClusterCut(view, files, pairCut, rejected, new ClusterMemory());
  const decisions = { marks: readMarks(view.project, files), labels: rightLabels(view.project) };
  return listedRemovals(cut, decisions, readProjectRules(view.project));
}

type Unnumbered = Omit<ReportCluster, "id">;

async function describeCut(
  view: ProjectView,
  cut: PairCut,
  facts: (content: number) => ContentFacts,
): Promise<Unnumbered[]> {
  const { modelOutput, clusters } = cut;
  const source = clusterSource(view, modelOutput, clusters.nodes);
  const described: Unnumbered[] = [];
  for (let cluster = 0; cluster < clusters.count; cluster++) {
    const statistics = await describeCluster(clusters, cluster, source);
    const images = filesInOrder(view, statistics);
    described.push({
      response: modelOutput.name,
      size: statistics.size,
      mean: roundFigure(statistics.mean),
      std: roundFigure(statistics.std),
      minSimilarity: roundFigure(statistics.minSimilarity),
      weakestLink: weakestLinkOf(view, statistics),
      splits: tally(images.map(({ id }) => view.images.get(id)?.split)),
      labels: tally(images.map(({ id }) => view.images.get(id)?.label)),
      images: images.map(({ id }) => ImageId.parse(id)),
      projection: projectionOf(view, statistics),
      pairs: pairsOf(view, cut, cluster, facts),
    });
  }
  return described;
}

function projectionOf(
  { nodes }: ProjectView,
  { order, projection }: ClusterStatistics,
): ReportCluster["projection"] {
  if (!projection) return null;
  return Array.from(order).flatMap((node, index) => {
    const point: [number, number] = [
      roundFigure(projection[2 * index] ?? 0),
      roundFigure(projection[2 * index + 1] ?? 0),
    ];
    return (nodes.files[node] ?? []).map(() => point);
  });
}

function clusteredImages(
  view: ProjectView,
  clusters: readonly Pick<ReportCluster, "images">[],
  facts: (content: number) => ContentFacts,
): ReportImage[] {
  const ids = new Set(clusters.flatMap(({ images }) => images));
  return [...ids].sort((a, b) => a - b).flatMap((id) => reportImage(view, id, facts));
}
