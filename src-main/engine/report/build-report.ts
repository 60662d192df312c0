import { EVIDENCE_KINDS, type EvidenceKind } from "../../contract/evidence-kind.ts";
import { ClusterId, ImageId } from "../../contract/ids.ts";
import type {
  Report,
  ReportCluster,
  ReportImage,
  ReportLeak,
  ReportPair,
} from "../../contract/report.ts";
import type { Threshold } from "../../contract/threshold.ts";
import { type Clusters, clusterPairs } from "../clusters/cluster.ts";
import { sortedNonZero } from "../clusters/dnikit-distance.ts";
import { type ClusterStatistics, describeCluster } from "../clusters/statistics.ts";
import { acceptPairs, type Comparison, resolveThreshold } from "../clusters/thresholds.ts";
import { roundFigure } from "../export/round-figure.ts";
import { rowDistance } from "../neighbors/space.ts";
import type { NodeFile } from "../store/nodes.ts";
import { TWINLENS_VERSION } from "../version.ts";
import {
  type ContentFacts,
  contentReader,
  type ProjectView,
  reportImage,
  type ViewedResponse,
} from "../view/project-view.ts";

/** One response's pairs cut at a threshold. */
interface Cut {
  readonly response: ViewedResponse;
  readonly comparison: Comparison;
  readonly accepted: Uint8Array;
  readonly clusters: Clusters;
}

/** Cuts every response's pairs at the threshold and describes what hangs together. Reads no image. */
export async function buildReport(view: ProjectView, threshold: Threshold): Promise<Report> {
  const { record, nodes } = view;
  const distances = view.responses.map((response) => neighborDistances(view, response, threshold));
  const started = performance.now();
  const cuts = view.responses.map((response, at): Cut => {
    const comparison = resolveThreshold(threshold, distances[at] ?? new Float64Array());
    const accepted = acceptPairs(response.pairs, comparison);
    return {
      response,
      comparison,
      accepted,
      clusters: clusterPairs(response.pairs, accepted, nodes.copies),
    };
  });
  const clusterSeconds = (performance.now() - started) / 1000;

  const facts = contentReader(view.project);
  const described: Unnumbered[] = [];
  for (const cut of cuts) described.push(...(await describeCut(view, cut, facts)));
  const clusters = described
    .sort((a, b) => a.mean - b.mean || (a.images[0] ?? 0) - (b.images[0] ?? 0))
    .map((cluster, at) => ({ ...cluster, id: ClusterId.parse(at + 1) }));
  const firstOutput = record.model.manifest.outputs.find(
    ({ name }) => name === record.responses[0],
  );
  return {
    schema: "twinlens.report/1",
    twinlens: TWINLENS_VERSION,
    model: {
      name: record.model.manifest.name,
      sha256: record.model.sha256,
      dimensions: firstOutput?.dimensions ?? 0,
      device: record.model.device,
      fallbacks: record.model.fallbacks,
    },
    splits: view.splits.map(({ name, root }) => ({
      name,
      root,
      images: countWhere(view.images.values(), (image) => image.split === name),
      unreadable: countWhere(view.unreadable, (file) => file.split === name),
    })),
    threshold: reportedThreshold(cuts, threshold),
    neighbors: { ...record.neighbors, recall: roundFigure(record.neighbors.recall) },
    clusters,
    images: clusteredImages(view, clusters, facts),
    leaks: leaksOf(view, cuts),
    labelConflicts: clusters
      .filter(({ labels }) => Object.keys(labels).length > 1)
      .map(({ id }) => id),
    balance: balanceOf(view, cuts[0]),
    unreadable: [...view.unreadable],
    seconds: {
      walk: roundFigure(record.seconds.walk),
      embed: roundFigure(record.seconds.embed),
      neighbors: roundFigure(record.seconds.neighbors),
      evidence: roundFigure(record.seconds.evidence),
      clusters: roundFigure(clusterSeconds),
      total: roundFigure(record.seconds.total + clusterSeconds),
    },
  };
}

/** The threshold of the first response; `slope` and `percentile` choose one for each. */
function reportedThreshold(cuts: readonly Cut[], { strategy }: Threshold): Report["threshold"] {
  const [first] = cuts;
  if (!first) return { strategy };
  const { distance, ...rest } = first.comparison.report;
  return distance === undefined ? rest : { ...rest, distance: roundFigure(distance) };
}

/**
 * Distances from every image to its nearest others, which DNIKit's strategies choose a threshold from: per image the k nearest
 * images of the whole data set, so that copies count, ascending and without the zeros between copies.
 */
function neighborDistances(
  { nodes, splits, record }: ProjectView,
  response: ViewedResponse,
  { strategy }: Threshold,
): Float64Array {
  if (strategy !== "slope" && strategy !== "percentile") return new Float64Array();
  const { vectors, dimensions } = response.space;
  const k = record.preset === "dnikit" ? record.neighbors.k - 1 : record.neighbors.k;
  const all: number[] = [];
  for (let node = 0; node < nodes.count; node++) {
    const copies = nodes.copies[node] ?? 1;
    const others = new Set(splits.flatMap(({ id }) => response.neighborsOf(node, id)));
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

type Unnumbered = Omit<ReportCluster, "id">;

async function describeCut(
  view: ProjectView,
  cut: Cut,
  facts: (content: number) => ContentFacts,
): Promise<Unnumbered[]> {
  const { nodes } = view;
  const { response, clusters } = cut;
  const source = {
    pairs: response.pairs,
    copies: nodes.copies,
    dimensions: response.dimensions,
    embeddings: response.embeddings,
    searched: response.space.vectors,
    searchedDimensions: response.space.dimensions,
  };
  const described: Unnumbered[] = [];
  for (let cluster = 0; cluster < clusters.count; cluster++) {
    const statistics = await describeCluster(clusters, cluster, source);
    const images = filesInOrder(view, statistics);
    described.push({
      response: response.name,
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

function filesInOrder({ nodes }: ProjectView, { order }: ClusterStatistics): NodeFile[] {
  return Array.from(order).flatMap((node) => nodes.files[node] ?? []);
}

function weakestLinkOf(
  { nodes }: ProjectView,
  { weakestLink: { a, b, similarity } }: ClusterStatistics,
): ReportCluster["weakestLink"] {
  // Within a node of copies, the link is between the first two of them.
  const [first, second] = [
    nodes.files[a]?.[0]?.id ?? 0,
    nodes.files[b]?.[a === b ? 1 : 0]?.id ?? 0,
  ];
  return { a: ImageId.parse(first), b: ImageId.parse(second), similarity: roundFigure(similarity) };
}

function projectionOf(
  { nodes }: ProjectView,
  { order, projection }: ClusterStatistics,
): ReportCluster["projection"] {
  if (!projection) return null;
  return Array.from(order).flatMap((node, at) => {
    const place: [number, number] = [
      roundFigure(projection[2 * at] ?? 0),
      roundFigure(projection[2 * at + 1] ?? 0),
    ];
    return (nodes.files[node] ?? []).map(() => place);
  });
}

/**
 * The pairs that make a cluster: those of the threshold, between the files that stand for their nodes, and from such a file to each of
 * its copies.
 */
function pairsOf(
  { nodes }: ProjectView,
  { response: { pairs }, clusters }: Cut,
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

function fileId(file: NodeFile | undefined): ImageId {
  return ImageId.parse(file?.id);
}

/** Files of one node look the same to the model; their bytes or all their pixels may still differ. */
function kindOfCopies(
  a: number,
  b: number,
  facts: (content: number) => ContentFacts,
): EvidenceKind {
  if (a === b) return "same-bytes";
  const [first, second] = [facts(a), facts(b)];
  const samePixels = first.pixelDigest !== null && first.pixelDigest === second.pixelDigest;
  return samePixels ? "same-pixels" : "resized";
}

function clusteredImages(
  view: ProjectView,
  clusters: readonly Pick<ReportCluster, "images">[],
  facts: (content: number) => ContentFacts,
): ReportImage[] {
  const ids = new Set(clusters.flatMap(({ images }) => images));
  return [...ids].sort((a, b) => a - b).flatMap((id) => reportImage(view, id, facts));
}

/**
 * For each ordered pair of splits, the images of the one that have a duplicate in the other: a copy there, or a pair of the
 * threshold with an image there. What only a chain of pairs connects is no leak.
 */
function leaksOf(view: ProjectView, cuts: readonly Cut[]): ReportLeak[] {
  const { nodes, splits } = view;
  // Splits in which a node has files, and those in which it or one that it makes a pair with does.
  const own = nodes.files.map((files) => new Set(files.map(({ split }) => split)));
  const reached = own.map((set) => new Set(set));
  for (const {
    response: { pairs },
    accepted,
  } of cuts) {
    for (let row = 0; row < pairs.count; row++) {
      if (!accepted[row]) continue;
      const [a, b] = [pairs.a[row] ?? -1, pairs.b[row] ?? -1];
      for (const split of own[b] ?? []) reached[a]?.add(split);
      for (const split of own[a] ?? []) reached[b]?.add(split);
    }
  }
  const leaks: ReportLeak[] = [];
  for (const from of splits) {
    const labels = labelCounts(view, from.name);
    const of = countWhere(view.images.values(), ({ split }) => split === from.name);
    for (const into of splits) {
      if (into === from) continue;
      const leaked = nodes.files.flatMap((files, node) =>
        reached[node]?.has(into.id) ? files.filter(({ split }) => split === from.id) : [],
      );
      const leakedLabels = tally(leaked.map(({ id }) => view.images.get(id)?.label));
      leaks.push({
        from: from.name,
        into: into.name,
        images: leaked.length,
        of,
        percent: of === 0 ? 0 : roundFigure((100 * leaked.length) / of, 2),
        byLabel: Object.fromEntries(
          Object.entries(leakedLabels).map(([label, images]) => [
            label,
            { images, of: labels.get(label) ?? 0 },
          ]),
        ),
      });
    }
  }
  return leaks;
}

function labelCounts(view: ProjectView, split: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const image of view.images.values()) {
    if (image.split !== split || image.label === null) continue;
    counts.set(image.label, (counts.get(image.label) ?? 0) + 1);
  }
  return counts;
}

/** Images per split and label, and how many would be left with one kept per cluster. */
function balanceOf(view: ProjectView, cut: Cut | undefined): Report["balance"] {
  const counts = new Map<string, Map<string, { images: number; groups: Set<number> }>>();
  for (const { name } of view.splits) counts.set(name, new Map());
  view.nodes.files.forEach((files, node) => {
    const cluster = cut?.clusters.clusterOf[node] ?? -1;
    // Nodes outside any cluster count apart: negative numbers can't be taken for a cluster's.
    const group = cluster >= 0 ? cluster : -1 - node;
    for (const { id } of files) {
      const image = view.images.get(id);
      if (!image || image.label === null) continue;
      const labels = counts.get(image.split);
      const entry = labels?.get(image.label) ?? { images: 0, groups: new Set<number>() };
      entry.images++;
      entry.groups.add(group);
      labels?.set(image.label, entry);
    }
  });
  return Object.fromEntries(
    Array.from(counts, ([split, labels]) => [
      split,
      sortedByKey(
        Array.from(labels, ([label, { images, groups }]) => [
          label,
          { images, distinct: groups.size },
        ]),
      ),
    ]),
  );
}

/** How often each name comes. Counted in a map: a class may be called `constructor`. */
function tally(names: readonly (string | null | undefined)[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) if (name != null) counts.set(name, (counts.get(name) ?? 0) + 1);
  return sortedByKey([...counts]);
}

/** Names in the order of their code points, so that no locale changes a report. */
function sortedByKey<T>(entries: [string, T][]): Record<string, T> {
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function countWhere<T>(items: Iterable<T>, test: (item: T) => boolean): number {
  let count = 0;
  for (const item of items) if (test(item)) count++;
  return count;
}
