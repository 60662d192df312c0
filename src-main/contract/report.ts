/**
 * The JSON report, schema `twinlens.report/1`, as `--json` writes it.
 *
 * Fields appear in the order of these schemas; records are sorted by key. Fields are only ever added. Apart from `seconds`, the same data,
 * model and options give the same bytes. Figures have six decimals, except those in `threshold` and `model.auto`.
 */
import { z } from "zod";
import { EvidenceKind } from "./evidence-kind.ts";
import { Grouping } from "./grouping.ts";
import { ClusterId, ImageId } from "./ids.ts";
import { FittedThreshold } from "./model-manifest.ts";
import { UnreadableCause } from "./unreadable.ts";

/** Image counts by split name or by label. */
const Counts = z.record(z.string(), z.number().int());

/** Two images that count as duplicates. */
export const ReportPair = z.object({
  a: ImageId,
  b: ImageId,
  /** Cosine similarity of the embeddings, in [-1, 1]. */
  similarity: z.number(),
  /** Calibrated probability that the two are duplicates, in [0, 1]. */
  confidence: z.number(),
  /** How the two match. */
  kind: EvidenceKind,
});
export type ReportPair = z.infer<typeof ReportPair>;

/** A group of images connected by pairs of duplicates. */
export const ReportCluster = z.object({
  /** Number within this report, from 1, tightest cluster first. */
  id: ClusterId,
  /** Name of the model output whose embeddings the cluster comes from. */
  response: z.string(),
  /** Number of images. */
  size: z.number().int(),
  /** Mean distance of the embeddings to their centroid. */
  mean: z.number(),
  /** Population standard deviation of that distance. */
  std: z.number(),
  /** Smallest cosine similarity of any two images of the cluster, in [-1, 1]. */
  minSimilarity: z.number(),
  /** The weakest pair that holds the cluster together: raising the threshold above it splits the cluster. */
  weakestLink: z.object({ a: ImageId, b: ImageId, similarity: z.number() }),
  /** Images by split. */
  splits: Counts,
  /** Images by label. Images without a label are not counted. */
  labels: Counts,
  /** Ordered by the first principal component of their embeddings. */
  images: z.array(ImageId),
  /** Coordinates `[x, y]` of each image, in the order of `images`; `null` for clusters of at most five. */
  projection: z.array(z.tuple([z.number(), z.number()])).nullable(),
  pairs: z.array(ReportPair),
});
export type ReportCluster = z.infer<typeof ReportCluster>;

/** An image file. */
export const ReportImage = z.object({
  /** Stable within a project. */
  id: ImageId,
  split: z.string(),
  /** Relative to the split's folder, with slashes. Bytes that are not valid UTF-8 are escaped as in PEP 383. */
  path: z.string(),
  /** `null` if the image has none. */
  label: z.string().nullable(),
  /** SHA-256 of the file, in hexadecimal. */
  sha256: z.string(),
  /** Width in pixels, after EXIF rotation. */
  width: z.number().int(),
  /** Height in pixels, after EXIF rotation. */
  height: z.number().int(),
  /** File size. */
  bytes: z.number().int(),
  /** File format, such as `jpeg`, detected from the content. */
  format: z.string(),
  /** What is wrong with a file that decodes although data is missing or broken; `null` if nothing is. */
  damage: z.string().nullable(),
  /** Other paths in the splits that lead to the same file: links and hard links. Such a file is never removed. */
  otherNames: z.number().int(),
});
export type ReportImage = z.infer<typeof ReportImage>;

/** How much of one split also appears in another. There is one entry per ordered pair of splits. */
export const ReportLeak = z.object({
  from: z.string(),
  into: z.string(),
  /** Images of `from` that have a duplicate in `into`. */
  images: z.number().int(),
  /** All images of `from`. */
  of: z.number().int(),
  /** `100 * images / of`, in [0, 100]. */
  percent: z.number(),
  /** The same counts for each label of `from` that has leaking images. */
  byLabel: z.record(z.string(), z.object({ images: z.number().int(), of: z.number().int() })),
  /** The leaking images by the kind of their best pair with an image of `into`. */
  byKind: z.partialRecord(EvidenceKind, z.number().int()),
});
export type ReportLeak = z.infer<typeof ReportLeak>;

/** An image `a` of split `from` and its best duplicate `b` in split `into`. */
export const LeakPair = z.object({ from: z.string(), into: z.string(), ...ReportPair.shape });
export type LeakPair = z.infer<typeof LeakPair>;

/** How evenly images are spread over classes. Both figures are `null` if there are fewer than two classes. */
export const Imbalance = z.object({
  /** Images of the largest class divided by those of the smallest, at least 1; `null` if a class is empty. */
  ratio: z.number().nullable(),
  /** Shannon entropy of the class shares divided by that of equal shares, in [0, 1]; 1 is even. */
  entropy: z.number().nullable(),
});
export type Imbalance = z.infer<typeof Imbalance>;

/** An image file that could not be read. */
export const Unreadable = z.object({
  split: z.string(),
  path: z.string(),
  reason: z.string(),
  /** The kind of `reason`. */
  cause: UnreadableCause,
});
export type Unreadable = z.infer<typeof Unreadable>;

/** Images that were not compared, by split and reason. */
export const NotCompared = z.object({
  /** A split, or a folder of the root that belongs to none, relative to the root. */
  split: z.string(),
  /** 0 for a split without images. */
  images: z.number().int(),
  reason: z.string(),
  /** How to include them in the next scan. */
  advice: z.string(),
});
export type NotCompared = z.infer<typeof NotCompared>;

/** An image file that decodes although data is missing or broken. It is compared like any other. */
export const DamagedImage = z.object({ split: z.string(), path: z.string(), reason: z.string() });
export type DamagedImage = z.infer<typeof DamagedImage>;

/** A folder that was skipped: a recycle bin, thumbnails, or another folder that the system made. */
export const SkippedFolder = z.object({
  split: z.string(),
  folder: z.string(),
  /** Files below it. */
  files: z.number().int(),
});
export type SkippedFolder = z.infer<typeof SkippedFolder>;

/**
 * The requested strategy and the value that was applied: `confidence` and `cosine` are lower bounds, `distance` is an upper bound.
 * `sensitivity` and `percentile` are the parameters of `slope` and `percentile`.
 */
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

/** Wall-clock time of each stage in seconds, with three decimals. */
export const Seconds = z.object({
  /** Finding files. */
  walk: z.number(),
  /** Decoding and embedding images. */
  embed: z.number(),
  /** Searching for nearest neighbors. */
  neighbors: z.number(),
  /** Comparing the pixels of pairs and making thumbnails. */
  evidence: z.number(),
  /** Grouping pairs into clusters. */
  clusters: z.number(),
  total: z.number(),
});
export type Seconds = z.infer<typeof Seconds>;

/** A split and its folder. */
export const ReportSplit = z.object({
  name: z.string(),
  /** Absolute path of its folder. */
  root: z.string(),
  /** The folders below `root` that hold its images, if there are several. */
  folders: z.array(z.string()).optional(),
  /** Readable images. */
  images: z.number().int(),
  /** Image files that could not be read. */
  unreadable: z.number().int(),
  /** Paths that lead to a file of the split that is counted by another path: links and hard links. */
  otherNames: z.number().int(),
});
export type ReportSplit = z.infer<typeof ReportSplit>;

/** A device that could not be used. */
export const Fallback = z.object({ device: z.string(), reason: z.string() });
export type Fallback = z.infer<typeof Fallback>;

/** Images, and images with only one kept per cluster. */
const Distinct = z.object({ images: z.number().int(), distinct: z.number().int() });

export const Report = z.object({
  schema: z.literal("twinlens.report/1"),
  /** Version of Twinlens. */
  twinlens: z.string(),
  model: z.object({
    name: z.string(),
    /** SHA-256 of the ONNX file, in hexadecimal. */
    sha256: z.string(),
    /** Length of an embedding. */
    dimensions: z.number().int(),
    /** Execution provider that ran the model. */
    device: z.string(),
    /** Execution providers that were tried before `device`. */
    fallbacks: z.array(Fallback),
    /** Precision and recall of the threshold `auto` on the calibration pairs; `null` if not calibrated. */
    auto: FittedThreshold.nullable(),
  }),
  splits: z.array(ReportSplit),
  threshold: ReportThreshold,
  /** How pairs became clusters. Always `closure` with the DNIKit preset. */
  grouping: Grouping,
  neighbors: z.object({
    /** Neighbors searched per image and split. */
    k: z.number().int(),
    method: z.enum(["exact", "approximate"]),
    /** Share of the true nearest neighbors found, measured on a sample, in [0, 1]; 1 if exact. */
    recall: z.number(),
  }),
  /** By `mean`, tightest first. */
  clusters: z.array(ReportCluster),
  /** The images of all clusters, by id. */
  images: z.array(ReportImage),
  leaks: z.array(ReportLeak),
  /** One per leaking image and split that it leaks into, ordered by splits, kind and confidence. */
  leakPairs: z.array(LeakPair),
  /** Clusters whose images have different labels. */
  labelConflicts: z.array(ClusterId),
  /** Images by split and label. */
  balance: z.record(z.string(), z.record(z.string(), Distinct)),
  /** Images by split and label that are left after removing those on the remove list. */
  balanceAfter: z.record(z.string(), z.record(z.string(), z.number().int())),
  /** Class imbalance by split: of all images, with one image kept per cluster, and after removing those on the remove list. */
  imbalance: z.record(
    z.string(),
    z.object({ images: Imbalance, distinct: Imbalance, after: Imbalance }),
  ),
  /** Images without a label, by split, for splits that have any. `distinct` of them need to be annotated. */
  unlabeled: z.record(z.string(), Distinct),
  unreadable: z.array(Unreadable),
  /** What no figure of this report covers. */
  notCompared: z.array(NotCompared),
  /** Images that decode although data is missing or broken. */
  damaged: z.array(DamagedImage),
  /** Folders that were not scanned. */
  skipped: z.array(SkippedFolder),
  /** The only part that differs between runs. */
  seconds: Seconds,
});
export type Report = z.infer<typeof Report>;
