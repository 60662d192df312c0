import { z } from "zod";
import { EvidenceKind } from "./evidence-kind.ts";
import { DEFAULT_GROUPING, Grouping } from "./grouping.ts";
import { ImageId } from "./ids.ts";
import { ClusterCounts, ReportImage, ReportLeak, ReportThreshold } from "./report.ts";
import { Threshold } from "./threshold.ts";

/** The threshold and grouping that turn a project's pairs into clusters. */
export const Cut = z.object({
  /** Project file. */
  project: z.string(),
  /** Model output that the clusters come from; by default the first one that the last scan used. */
  modelOutput: z.string().optional(),
  threshold: Threshold.default({ strategy: "auto" }),
  grouping: Grouping.default(DEFAULT_GROUPING),
});
export type Cut = z.input<typeof Cut>;
export type ParsedCut = z.output<typeof Cut>;

/** The figures that change while the threshold is dragged, counted as in reports. */
export const CutFigures = z.object({
  threshold: ReportThreshold,
  ...ClusterCounts.shape,
  /** Label conflicts for which someone has chosen the right label. */
  settledConflicts: z.number().int(),
  /** Clusters in which every image outside protected splits is marked. */
  decidedClusters: z.number().int(),
  leaks: z.array(ReportLeak.omit({ byLabel: true, byKind: true })),
  /** Mean confidence of the accepted pairs, which is the share expected to be correct; `null` if there are none. */
  precision: z.number().nullable(),
  /** The closest pair below the threshold if nothing was found. */
  closest: z
    .object({
      a: ImageId,
      b: ImageId,
      similarity: z.number(),
      confidence: z.number(),
      distance: z.number(),
    })
    .nullable(),
});
export type CutFigures = z.infer<typeof CutFigures>;

export const PAIR_COLUMNS = ["confidence", "similarity", "distance"] as const;
export const PairColumn = z.enum(PAIR_COLUMNS);
export type PairColumn = z.infer<typeof PairColumn>;

/** A histogram of the stored pairs. It does not depend on the threshold. */
export const PairHistogram = z.object({
  column: PairColumn,
  /** Bin `i` of `n` starts at `from + i * (to - from) / n`. */
  from: z.number(),
  to: z.number(),
  within: z.array(z.number().int()),
  /** Pairs whose images are in different splits. */
  across: z.array(z.number().int()),
});
export type PairHistogram = z.infer<typeof PairHistogram>;

/** Which clusters are shown. A cluster must match every field. */
export const ClusterFilter = z.object({
  /** Only clusters with images from more than one split. */
  acrossSplits: z.boolean().default(false),
  /** Only clusters with images from both splits. */
  splitPair: z.tuple([z.string(), z.string()]).nullable().default(null),
  /** Only clusters with a pair of one of these kinds; empty means any kind. */
  kinds: z.array(EvidenceKind).default([]),
  /** Only clusters with an image that has one of these labels; empty means any label. */
  labels: z.array(z.string()).default([]),
  labelConflict: z.boolean().default(false),
  decided: z.enum(["any", "open", "decided"]).default("any"),
  minSize: z.number().int().min(2).nullable().default(null),
  maxSize: z.number().int().min(2).nullable().default(null),
  /** Only clusters with an image whose path contains this text, ignoring case. */
  text: z.string().default(""),
});
export type ClusterFilter = z.input<typeof ClusterFilter>;
export type ParsedClusterFilter = z.output<typeof ClusterFilter>;

/**
 * - `leaks`: clusters across splits first, starting with those that involve the training split, by confidence
 * - `tightest`: by mean distance to the centroid
 * - `size`: largest first
 * - `weakest`: by similarity of the weakest link, lowest first
 * - `conflicts`: label conflicts first, those across splits before others, by the strongest evidence for a pair whose labels
 *   differ; then settled conflicts, then the rest
 */
export const CLUSTER_SORTS = ["leaks", "tightest", "size", "weakest", "conflicts"] as const;
export const ClusterSort = z.enum(CLUSTER_SORTS);
export type ClusterSort = z.infer<typeof ClusterSort>;

export const MARKS = ["keep", "remove"] as const;
export const Mark = z.enum(MARKS);
export type Mark = z.infer<typeof Mark>;

/** A cluster in the list. Its smallest image id identifies it, because that rarely changes with the threshold. */
export const ClusterRow = z.object({
  anchor: ImageId,
  size: z.number().int(),
  splits: z.record(z.string(), z.number().int()),
  /** Mean distance to the centroid. */
  mean: z.number(),
  /** Similarity of the weakest link. */
  weakest: z.number(),
  /** Kinds of its pairs, strongest evidence first. */
  kinds: z.array(EvidenceKind),
  /** Its images have more than one label. */
  labelConflict: z.boolean(),
  /** Someone has chosen the right labels. */
  labelsSettled: z.boolean(),
  marked: z.object({ keep: z.number().int(), remove: z.number().int() }),
  /** Images added after all others were decided, which reopened the cluster. */
  newcomers: z.number().int(),
  /** The first few images for thumbnails, in the order in which the open cluster shows them. */
  images: z.array(ImageId),
});
export type ClusterRow = z.infer<typeof ClusterRow>;

export const ClusterPage = z.object({
  /** Clusters that match the filter. */
  total: z.number().int(),
  /** Images of these clusters without and with a mark, those of protected splits aside. */
  undecided: z.number().int(),
  decided: z.number().int(),
  offset: z.number().int(),
  rows: z.array(ClusterRow),
  /** Index in the filtered order of the cluster that contains the `locate` image. */
  located: z.number().int().nullable(),
});
export type ClusterPage = z.infer<typeof ClusterPage>;

/** An image as the review shows it. */
export const ReviewImage = ReportImage.omit({ sha256: true }).extend({
  mark: Mark.nullable(),
  /** The label that someone chose as the right one; `null` if none was chosen. */
  rightLabel: z.string().nullable(),
  /** Added after all others in its cluster were decided. */
  newcomer: z.boolean(),
  /** Its split is protected from removal. */
  protected: z.boolean(),
  /** Its pair with the strongest evidence in the cluster. */
  match: z
    .object({
      other: ImageId,
      similarity: z.number(),
      confidence: z.number(),
      /** Euclidean, in the searched space. */
      distance: z.number(),
      kind: EvidenceKind,
    })
    .nullable(),
});
export type ReviewImage = z.infer<typeof ReviewImage>;

export const ClusterDetail = z.object({
  anchor: ImageId,
  size: z.number().int(),
  mean: z.number(),
  std: z.number(),
  minSimilarity: z.number(),
  weakestLink: z.object({ a: ImageId, b: ImageId, similarity: z.number() }),
  splits: z.record(z.string(), z.number().int()),
  labels: z.record(z.string(), z.number().int()),
  /** Someone has chosen the right labels. */
  labelsSettled: z.boolean(),
  /** Ordered by the first principal component, as in reports. */
  images: z.array(ReviewImage),
  pairs: z.array(
    z.object({
      a: ImageId,
      b: ImageId,
      similarity: z.number(),
      confidence: z.number(),
      /** Euclidean, in the searched space. */
      distance: z.number(),
      kind: EvidenceKind,
    }),
  ),
  /** What the keeper rules would keep and remove, and why. They leave all other images as they are. */
  best: z.object({ keep: z.array(ImageId), remove: z.array(ImageId), reason: z.string() }),
});
export type ClusterDetail = z.infer<typeof ClusterDetail>;
