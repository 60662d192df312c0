import type {
  Imbalance,
  LeakPair,
  Report,
  ReportCluster,
  ReportImage,
  ReportLeak,
} from "../../../contract/report.ts";
import { roundFigure } from "../../../text/figures.ts";

/**
 * The report `twinlens.report/1` as JSON text in UTF-8, in chunks of a line.
 *
 * Laid out for people and for `diff`: one cluster, image, leak, split or unreadable file a line, `seconds` on the last. Keys
 * stand in the order of the contract and labels in that of their code units, so that equal reports are equal bytes.
 * @throws RangeError when a figure is not finite.
 */
export function* jsonReport(report: Report): Generator<string> {
  yield "{\n";
  yield member("schema", report.schema);
  yield member("twinlens", report.twinlens);
  yield member("model", inOrder.model(report.model));
  yield* list("splits", report.splits, inOrder.split);
  yield member("threshold", inOrder.threshold(report.threshold));
  yield member("grouping", report.grouping);
  yield member("neighbors", inOrder.neighbors(report.neighbors));
  yield* list("clusters", report.clusters, inOrder.cluster);
  yield* list("images", report.images, inOrder.image);
  yield* list("leaks", report.leaks, inOrder.leak);
  yield* list("leakPairs", report.leakPairs, inOrder.leakPair);
  yield member("labelConflicts", report.labelConflicts);
  yield member(
    "balance",
    byKey(report.balance, (labels) => byKey(labels, inOrder.balance)),
  );
  yield member(
    "balanceAfter",
    byKey(report.balanceAfter, (labels) => byKey(labels)),
  );
  yield member("imbalance", byKey(report.imbalance, inOrder.imbalance));
  yield member("unlabeled", byKey(report.unlabeled, inOrder.balance));
  yield* list("unreadable", report.unreadable, inOrder.unreadable);
  yield `  "seconds": ${JSON.stringify(inOrder.seconds(report.seconds))}\n}\n`;
}

function member(key: string, value: unknown): string {
  return `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`;
}

function* list<T>(key: string, items: readonly T[], order: (item: T) => T): Generator<string> {
  if (items.length === 0) {
    yield member(key, []);
    return;
  }
  yield `  ${JSON.stringify(key)}: [\n`;
  for (const [i, item] of items.entries()) {
    yield `    ${JSON.stringify(order(item))}${i === items.length - 1 ? "" : ","}\n`;
  }
  yield "  ],\n";
}

/** The record with its keys sorted by code units. `fromEntries` also keeps a label named `__proto__`. */
function byKey<V>(record: Record<string, V>, order: (value: V) => V = (v) => v): Record<string, V> {
  return Object.fromEntries(
    Object.entries(record)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, order(value)]),
  );
}

/**
 * Each part of a report with its keys in the contract's order and its figures rounded. The types make sure that no key is
 * forgotten. Thresholds stay unrounded: a person may give them back to `--threshold`.
 */
const inOrder = {
  model: ({
    name,
    sha256,
    dimensions,
    device,
    fallbacks,
    auto,
  }: Report["model"]): Report["model"] => ({
    name,
    sha256,
    dimensions,
    device,
    fallbacks: fallbacks.map(({ device, reason }) => ({ device, reason })),
    auto,
  }),

  split: ({ name, root, images, unreadable }: Report["splits"][number]) => ({
    name,
    root,
    images,
    unreadable,
  }),

  threshold: (threshold: Report["threshold"]) => {
    const { strategy, confidence, cosine, distance, sensitivity, percentile } = threshold;
    // JSON.stringify leaves out those that are undefined.
    return { strategy, confidence, cosine, distance, sensitivity, percentile };
  },

  neighbors: ({ k, method, recall }: Report["neighbors"]): Report["neighbors"] => ({
    k,
    method,
    recall: roundFigure(recall),
  }),

  cluster: (cluster: ReportCluster): ReportCluster => ({
    id: cluster.id,
    response: cluster.response,
    size: cluster.size,
    mean: roundFigure(cluster.mean),
    std: roundFigure(cluster.std),
    minSimilarity: roundFigure(cluster.minSimilarity),
    weakestLink: {
      a: cluster.weakestLink.a,
      b: cluster.weakestLink.b,
      similarity: roundFigure(cluster.weakestLink.similarity),
    },
    splits: byKey(cluster.splits),
    labels: byKey(cluster.labels),
    images: cluster.images,
    projection: cluster.projection?.map(([x, y]) => [roundFigure(x), roundFigure(y)]) ?? null,
    pairs: cluster.pairs.map(({ a, b, similarity, confidence, kind }) => ({
      a,
      b,
      similarity: roundFigure(similarity),
      confidence: roundFigure(confidence),
      kind,
    })),
  }),

  image: (image: ReportImage): ReportImage => ({
    id: image.id,
    split: image.split,
    path: image.path,
    label: image.label,
    sha256: image.sha256,
    width: image.width,
    height: image.height,
    bytes: image.bytes,
    format: image.format,
  }),

  leak: (leak: ReportLeak): ReportLeak => ({
    from: leak.from,
    into: leak.into,
    images: leak.images,
    of: leak.of,
    percent: roundFigure(leak.percent),
    byLabel: byKey(leak.byLabel, ({ images, of }) => ({ images, of })),
    byKind: byKey(leak.byKind),
  }),

  leakPair: ({ from, into, a, b, similarity, confidence, kind }: LeakPair): LeakPair => ({
    from,
    into,
    a,
    b,
    similarity: roundFigure(similarity),
    confidence: roundFigure(confidence),
    kind,
  }),

  imbalance: ({ images, distinct, after }: Report["imbalance"][string]) => ({
    images: inOrder.unevenness(images),
    distinct: inOrder.unevenness(distinct),
    after: inOrder.unevenness(after),
  }),

  unevenness: ({ ratio, entropy }: Imbalance): Imbalance => ({
    ratio: ratio === null ? null : roundFigure(ratio),
    entropy: entropy === null ? null : roundFigure(entropy),
  }),

  balance: ({ images, distinct }: { images: number; distinct: number }) => ({ images, distinct }),

  unreadable: ({ split, path, reason }: Report["unreadable"][number]) => ({ split, path, reason }),

  seconds: ({ walk, embed, neighbors, evidence, clusters, total }: Report["seconds"]) => ({
    walk: roundFigure(walk, 3),
    embed: roundFigure(embed, 3),
    neighbors: roundFigure(neighbors, 3),
    evidence: roundFigure(evidence, 3),
    clusters: roundFigure(clusters, 3),
    total: roundFigure(total, 3),
  }),
};
