import { z } from "zod";
import { EvidenceKind } from "./evidence-kind.ts";
import { Grouping } from "./grouping.ts";
import { ClusterId, ImageId } from "./ids.ts";
import { FittedThreshold } from "./model-manifest.ts";

/** How many of something, by split name or by label. */
const Counts = z.record(z.string(), z.number().int());

export const ReportPair = z.object({
  a: ImageId,
  b: ImageId,
  /** Cosine, in [-1, 1]. */
  similarity: z.number(),
  /** Calibrated probability of being a true duplicate, in [0, 1]. */
  confidence: z.number(),
  kind: EvidenceKind,
});
export type ReportPair = z.infer<typeof ReportPair>;

export const ReportCluster = z.object({
  id: ClusterId,
  /** The model output that the cluster comes from. */
  response: z.string(),
  size: z.number().int(),
  /** Mean and population standard deviation of the distance to the centroid. */
  mean: z.number(),
  std: z.number(),
  /** Smallest similarity of any two images of the cluster. */
  minSimilarity: z.number(),
  /** The pair that holds the cluster together most weakly: without it the cluster falls apart first. */
  weakestLink: z.object({ a: ImageId, b: ImageId, similarity: z.number() }),
  splits: Counts,
  labels: Counts,
  /** Ordered by the first principal component. */
  images: z.array(ImageId),
  /** `[x, y]` per image in the same order, for clusters of more than five. */
  projection: z.array(z.tuple([z.number(), z.number()])).nullable(),
  pairs: z.array(ReportPair),
});
export type ReportCluster = z.infer<typeof ReportCluster>;

export const ReportImage = z.object({
  id: ImageId,
  split: z.string(),
  path: z.string(),
  label: z.string().nullable(),
  sha256: z.string(),
  width: z.number().int(),
  height: z.number().int(),
  bytes: z.number().int(),
  format: z.string(),
});
export type ReportImage = z.infer<typeof ReportImage>;

export const ReportLeak = z.object({
  from: z.string(),
  into: z.string(),
  /** Images of `from` that have a duplicate in `into`. */
  images: z.number().int(),
  of: z.number().int(),
  percent: z.number(),
  byLabel: z.record(z.string(), z.object({ images: z.number().int(), of: z.number().int() })),
  /** These images by the kind of their surest pair with an image of `into`. */
  byKind: z.partialRecord(EvidenceKind, z.number().int()),
});
export type ReportLeak = z.infer<typeof ReportLeak>;

/** An image that has a duplicate in another split, and its surest one there. */
export const LeakPair = ReportPair.extend({
  /** Split of `a`. */
  from: z.string(),
  /** Split of `b`. */
  into: z.string(),
});
export type LeakPair = z.infer<typeof LeakPair>;

/** How unevenly images are spread over classes. Both figures are `null` where there are fewer than two classes. */
export const Imbalance = z.object({
  /** Images of the largest class by those of the smallest, from 1; `null` also where a class has none left. */
  ratio: z.number().nullable(),
  /** Entropy of the shares of the classes by that of equal shares, in [0, 1]: 1 is even. */
  entropy: z.number().nullable(),
});
export type Imbalance = z.infer<typeof Imbalance>;

export const Unreadable = z.object({ split: z.string(), path: z.string(), reason: z.string() });
export type Unreadable = z.infer<typeof Unreadable>;

/** What was compared: the strategy asked for and the figure that it came to. */
export const ReportThreshold = z.object({
  strategy: z.enum(["auto", "confidence", "cosine", "distance", "slope", "percentile"]),
  confidence: z.number().optional(),
  cosine: z.number().optional(),
  distance: z.number().optional(),
  sensitivity: z.number().optional(),
  percentile: z.number().optional(),
});
export type ReportThreshold = z.infer<typeof ReportThreshold>;

/** The counts that a summary starts with. They cover one model output, so that no image counts twice. */
export const ClusterCounts = z.object({
  clusters: z.number().int(),
  /** Images that are in a cluster. */
  clusteredImages: z.number().int(),
  /** Images that could be removed with one kept per cluster. */
  redundantImages: z.number().int(),
  crossSplitClusters: z.number().int(),
  /** Clusters whose images have more than one label. */
  labelConflicts: z.number().int(),
});
export type ClusterCounts = z.infer<typeof ClusterCounts>;

/** Seconds of wall time per stage. The only part of a report that differs from run to run. */
export const Seconds = z.object({
  walk: z.number(),
  embed: z.number(),
  neighbors: z.number(),
  /** Comparing the pixels of pairs and making thumbnails. */
  evidence: z.number(),
  clusters: z.number(),
  total: z.number(),
});
export type Seconds = z.infer<typeof Seconds>;

export const ReportSplit = z.object({
  name: z.string(),
  root: z.string(),
  /** Readable ones. */
  images: z.number().int(),
  unreadable: z.number().int(),
});
export type ReportSplit = z.infer<typeof ReportSplit>;

/** A device that was not used, and why. */
export const Fallback = z.object({ device: z.string(), reason: z.string() });
export type Fallback = z.infer<typeof Fallback>;

export const Report = z.object({
  schema: z.literal("twinlens.report/1"),
  twinlens: z.string(),
  model: z.object({
    name: z.string(),
    sha256: z.string(),
    dimensions: z.number().int(),
    device: z.string(),
    /** Providers that were tried before `device` and why each was not used. */
    fallbacks: z.array(Fallback),
    /** What the threshold `auto` was worth on the pairs that the confidence was fitted on; `null` where it was not. */
    auto: FittedThreshold.nullable(),
  }),
  splits: z.array(ReportSplit),
  threshold: ReportThreshold,
  /** How pairs became clusters; always `closure` for a scan as DNIKit does it. */
  grouping: Grouping,
  neighbors: z.object({
    k: z.number().int(),
    method: z.enum(["exact", "approximate"]),
    /** Share of true nearest neighbors found, measured on a sample; 1 when exact. */
    recall: z.number(),
  }),
  clusters: z.array(ReportCluster),
  images: z.array(ReportImage),
  leaks: z.array(ReportLeak),
  /** One per leaking image and split that it leaks into, by splits, then kind, then confidence. */
  leakPairs: z.array(LeakPair),
  labelConflicts: z.array(ClusterId),
  balance: z.record(
    z.string(),
    z.record(z.string(), z.object({ images: z.number().int(), distinct: z.number().int() })),
  ),
  /** Images per split and label that are left without those of the remove list. */
  balanceAfter: z.record(z.string(), z.record(z.string(), z.number().int())),
  /** Per split: as it is, with one image kept per cluster, and without those of the remove list. */
  imbalance: z.record(
    z.string(),
    z.object({ images: Imbalance, distinct: Imbalance, after: Imbalance }),
  ),
  /** Images without a label, per split that has any, and how many with one kept per cluster: what there is to annotate. */
  unlabeled: z.record(
    z.string(),
    z.object({ images: z.number().int(), distinct: z.number().int() }),
  ),
  unreadable: z.array(Unreadable),
  seconds: Seconds,
});
export type Report = z.infer<typeof Report>;
