import { z } from "zod";
import { ClusterFilter, Cut, Mark } from "./cut.ts";
import { ImageId } from "./ids.ts";

/** What has been decided in a project, and what can be taken back. */
export const DecisionState = z.object({
  /** Goes up with every change, whoever makes it. */
  revision: z.number().int(),
  keep: z.number().int(),
  remove: z.number().int(),
  /** Pairs that were said not to be duplicates. */
  notDuplicates: z.number().int(),
  /** Images whose right label is another than the one they bear. */
  corrections: z.number().int(),
  /** What the next undo and redo would do, in words such as `remove 3 images`. */
  undo: z.string().nullable(),
  redo: z.string().nullable(),
  /** An image that an undo or redo changed, for showing what it did; `null` where nothing or very much changed. */
  image: ImageId.nullable(),
  /** Images that a mark was asked for and that keep what they have, being in a protected split. */
  refused: z.number().int(),
});
export type DecisionState = z.infer<typeof DecisionState>;

/** The cluster that holds an image, at a cut. */
export const ClusterOf = Cut.extend({ image: ImageId });
export type ClusterOf = z.input<typeof ClusterOf>;

/** A label as a folder could be called. */
const RightLabel = z.string().regex(/^[^/\0]+$/, "Expected the name of a class, without a slash.");

/**
 * - `mark`: marks images, or clears their marks with `null`
 * - `keepOnly`: keeps the image and removes the others of its cluster
 * - `keepBest`: keeps what the rules choose in the cluster of the image and removes the others
 * - `filtered`: the same for every cluster that the filter shows
 * - `notDuplicates`: two images are not duplicates of each other
 * - `clusterNotDuplicates`: no two images of a cluster are duplicates
 * - `label`: says which label is right for images, or takes that back with `null`
 * - `labelCluster`: the same for all images of a cluster
 * - `splitCluster`: the two parts that the weakest link of the image's cluster holds together are not duplicates
 */
export const Decision = z.discriminatedUnion("type", [
  z.object({ type: z.literal("mark"), images: z.array(ImageId).min(1), mark: Mark.nullable() }),
  z.object({ type: z.literal("keepOnly"), of: ClusterOf }),
  z.object({ type: z.literal("keepBest"), of: ClusterOf }),
  z.object({
    type: z.literal("filtered"),
    cut: Cut,
    filter: ClusterFilter,
    mark: z.enum(["keep", "remove", "best", "clear"]),
  }),
  z.object({
    type: z.literal("label"),
    images: z.array(ImageId).min(1),
    label: RightLabel.nullable(),
  }),
  z.object({ type: z.literal("labelCluster"), of: ClusterOf, label: RightLabel.nullable() }),
  z.object({ type: z.literal("notDuplicates"), a: ImageId, b: ImageId }),
  z.object({ type: z.literal("clusterNotDuplicates"), of: ClusterOf }),
  z.object({ type: z.literal("splitCluster"), of: ClusterOf }),
]);
export type Decision = z.input<typeof Decision>;
export type ParsedDecision = z.output<typeof Decision>;

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** A file by its content and where it lay; `path` is relative to its split, as path-text.ts writes names. */
const DecidedFile = z.object({ sha256: Sha256, split: z.string(), path: z.string() });

/** What was decided in a project, to be taken over in another: it names contents, so that folders may lie elsewhere. */
export const DecisionsFile = z.object({
  schema: z.literal("twinlens.decisions/1"),
  twinlens: z.string(),
  marks: z.array(DecidedFile.extend({ mark: Mark })),
  labels: z.array(DecidedFile.extend({ label: RightLabel })),
  /** Two contents each. */
  notDuplicates: z.array(z.tuple([Sha256, Sha256])),
});
export type DecisionsFile = z.infer<typeof DecisionsFile>;

/** What came of the marks, labels and pairs of a decisions file. */
export const DecisionsImport = z.object({
  applied: z.number().int(),
  /** Decided just so before. */
  already: z.number().int(),
  /** Of contents that are not in the project, or not in a split of that name. */
  unknown: z.number().int(),
  /** Otherwise decided here: left as they were, or replaced where that was asked for. */
  conflicting: z.number().int(),
  state: DecisionState,
});
export type DecisionsImport = z.infer<typeof DecisionsImport>;
