import { z } from "zod";
import { EvidenceKind } from "./evidence-kind.ts";
import { DEFAULT_GROUPING, Grouping } from "./grouping.ts";
import { ImageId } from "./ids.ts";
import { ClusterCounts, ReportImage, ReportLeak, ReportThreshold } from "./report.ts";
import { Threshold } from "./threshold.ts";

/** A project's pairs cut at a threshold: what every question about clusters depends on. */
export const Cut = z.object({
  /** Project file. */
  project: z.string(),
  /** Model output that the clusters come from; by default the first that the last scan compared by. */
  modelOutput: z.string().optional(),
  threshold: Threshold.default({ strategy: "auto" }),
  grouping: Grouping.default(DEFAULT_GROUPING),
});
export type Cut = z.input<typeof Cut>;
export type ParsedCut = z.output<typeof Cut>;

/** The figures that follow the threshold while it is dragged. They count as reports do. */
export const CutFigures = z.object({
  threshold: ReportThreshold,
  ...ClusterCounts.shape,
  /** Those among them whose right labels were said. */
  settledConflicts: z.number().int(),
  /** Clusters whose every image bears a mark, those of protected splits aside: they need none. */
  decidedClusters: z.number().int(),
  leaks: z.array(ReportLeak.omit({ byLabel: true, byKind: true })),
  /** Mean confidence of the accepted pairs: the share of them that is expected to be right; `null` without any. */
  precision: z.number().nullable(),
  /** The closest pair below the threshold, when nothing was found. */
  closest: z
    .object({ a: ImageId, b: ImageId, similarity: z.number(), confidence: z.number() })
    .nullable(),
});
export type CutFigures = z.infer<typeof CutFigures>;

export const PAIR_COLUMNS = ["confidence", "similarity", "distance"] as const;
export const PairColumn = z.enum(PAIR_COLUMNS);
export type PairColumn = z.infer<typeof PairColumn>;

/** How many stored pairs lie where; it does not depend on the threshold. */
export const PairHistogram = z.object({
  column: PairColumn,
  /** Bin `i` of `n` spans `from + i * (to - from) / n` up to the next. */
  from: z.number(),
  to: z.number(),
  within: z.array(z.number().int()),
  /** Pairs of images of different splits. */
  across: z.array(z.number().int()),
});
export type PairHistogram = z.infer<typeof PairHistogram>;

/** Which clusters are shown. A cluster passes when it passes every part. */
export const ClusterFilter = z.object({
  /** Only clusters with images of more than one split. */
  acrossSplits: z.boolean().default(false),
  /** Only clusters with images of both splits. */
  splitPair: z.tuple([z.string(), z.string()]).nullable().default(null),
  /** Only clusters with a pair of one of these kinds; none means any. */
  kinds: z.array(EvidenceKind).default([]),
  /** Only clusters with an image of one of these labels; none means any. */
  labels: z.array(z.string()).default([]),
  labelConflict: z.boolean().default(false),
  decided: z.enum(["any", "open", "decided"]).default("any"),
  minSize: z.number().int().min(2).nullable().default(null),
  maxSize: z.number().int().min(2).nullable().default(null),
  /** Text in the path of one of its images; case does not matter. */
  text: z.string().default(""),
});
export type ClusterFilter = z.input<typeof ClusterFilter>;
export type ParsedClusterFilter = z.output<typeof ClusterFilter>;

/**
 * - `leaks`: clusters across splits first, those into the training split before others, each by confidence
 * - `tightest`: by mean distance to the centroid
 * - `size`: largest first
 * - `weakest`: by similarity of the weakest link, least first
 * - `conflicts`: label conflicts, worst first: those across splits before others, each by the surest kind of a pair whose labels
 *   differ; then settled ones, then the rest
 */
export const CLUSTER_SORTS = ["leaks", "tightest", "size", "weakest", "conflicts"] as const;
export const ClusterSort = z.enum(CLUSTER_SORTS);
export type ClusterSort = z.infer<typeof ClusterSort>;

export const MARKS = ["keep", "remove"] as const;
export const Mark = z.enum(MARKS);
export type Mark = z.infer<typeof Mark>;

/** A cluster in the list. It is known by its smallest image id, which most changes of the threshold leave as it is. */
export const ClusterRow = z.object({
  anchor: ImageId,
  size: z.number().int(),
  splits: z.record(z.string(), z.number().int()),
  /** Mean distance to the centroid. */
  mean: z.number(),
  /** Similarity of the weakest link. */
  weakest: z.number(),
  /** Kinds of its pairs, surest first. */
  kinds: z.array(EvidenceKind),
  /** Its images bear more than one label. */
  labelConflict: z.boolean(),
  /** It was said which labels are right. */
  labelsSettled: z.boolean(),
  marked: z.object({ keep: z.number().int(), remove: z.number().int() }),
  /** Images that came after all others were decided: they are why the cluster is open again. */
  newcomers: z.number().int(),
  /** The first few images, in the order of the open cluster, for thumbnails. */
  images: z.array(ImageId),
});
export type ClusterRow = z.infer<typeof ClusterRow>;

export const ClusterPage = z.object({
  /** Clusters that pass the filter. */
  total: z.number().int(),
  offset: z.number().int(),
  rows: z.array(ClusterRow),
  /** Place in the filtered order of the cluster that holds the image asked for. */
  located: z.number().int().nullable(),
});
export type ClusterPage = z.infer<typeof ClusterPage>;

/** An image as the review shows it. */
export const ReviewImage = ReportImage.omit({ sha256: true }).extend({
  mark: Mark.nullable(),
  /** The label that a person said to be right; `null` where none did. */
  rightLabel: z.string().nullable(),
  /** It came after all others of its cluster were decided. */
  newcomer: z.boolean(),
  /** Its split may not be touched. */
  protected: z.boolean(),
  /** The surest pair of it in the cluster. */
  match: z
    .object({
      other: ImageId,
      similarity: z.number(),
      confidence: z.number(),
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
  /** It was said which labels are right. */
  labelsSettled: z.boolean(),
  /** Ordered by the first principal component, as in reports. */
  images: z.array(ReviewImage),
  pairs: z.array(
    z.object({
      a: ImageId,
      b: ImageId,
      similarity: z.number(),
      confidence: z.number(),
      kind: EvidenceKind,
    }),
  ),
  /** The image that the keeper rules would keep, and why each other would go. */
  best: z.object({ keep: z.array(ImageId), reason: z.string() }),
});
export type ClusterDetail = z.infer<typeof ClusterDetail>;
