import { z } from "zod";
import { ClusterFilter, Cut, Mark } from "./cut.ts";
import { ImageId } from "./ids.ts";

/** A summary of a project's decisions, and what can be undone. */
export const DecisionState = z.object({
  /** Increases with every change, even one made by another client. */
  revision: z.number().int(),
  keep: z.number().int(),
  remove: z.number().int(),
  /** Pairs marked as not duplicates. */
  notDuplicates: z.number().int(),
  /** Images whose right label differs from their current one. */
  corrections: z.number().int(),
  /** What the next undo and redo would do, such as `remove 3 images`. */
  undo: z.string().nullable(),
  /** Number of the decision that the next undo would revert, ascending by time; 0 if there is none. A removal with this number or a
   * higher one came later, and is undone first. */
  latest: z.number().int(),
  redo: z.string().nullable(),
  /** An image that the undo or redo changed, to show its effect; `null` if nothing or very much changed. */
  image: ImageId.nullable(),
  /** Images that could not be marked because their split is protected. */
  refused: z.number().int(),
});
export type DecisionState = z.infer<typeof DecisionState>;

/** The cluster that contains an image, at a cut. */
export const ClusterOf = Cut.extend({ image: ImageId });
export type ClusterOf = z.input<typeof ClusterOf>;

/** A label that is a valid folder name. */
const RightLabel = z.string().regex(/^[^/\0]+$/, "Expected the name of a class, without a slash.");

/**
 * - `mark`: marks images; `null` clears their marks
 * - `keepOnly`: keeps the image and removes the others of its cluster
 * - `keepBest`: keeps the images that the rules choose in the image's cluster and removes the others
 * - `filtered`: marks the undecided images of every cluster that the filter shows, and with `includeDecided` the decided ones too; `clear`
 *   concerns decided images alone, and needs no leave
 * - `notDuplicates`: two images are not duplicates of each other
 * - `clusterNotDuplicates`: no two images of a cluster are duplicates
 * - `label`: sets the right label of images; `null` clears it
 * - `labelCluster`: the same for all images of a cluster
 * - `splitCluster`: the two parts that the weakest link of the image's cluster connects are not duplicates
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
    includeDecided: z.boolean().default(false),
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
/** A file identified by its content and its path, which is relative to its split, in the form of path-text.ts. */
const DecidedFile = z.object({ sha256: Sha256, split: z.string(), path: z.string() });

/** Size up to which a decisions file is read. A million decisions take about 200 MB. */
export const MOST_DECISIONS_BYTES = 256 * 1024 ** 2;

/** A project's decisions, for import into another. They refer to file contents, because folders may differ. */
export const DecisionsFile = z.object({
  schema: z.literal("twinlens.decisions/1"),
  twinlens: z.string(),
  marks: z.array(DecidedFile.extend({ mark: Mark })),
  labels: z.array(DecidedFile.extend({ label: RightLabel })),
  /** Each entry is two file contents. */
  notDuplicates: z.array(z.tuple([Sha256, Sha256])),
});
export type DecisionsFile = z.infer<typeof DecisionsFile>;

/** What happened to the marks, labels and pairs of a decisions file. */
export const DecisionsImport = z.object({
  applied: z.number().int(),
  /** Already decided the same way. */
  already: z.number().int(),
  /** For contents that are not in the project, or not in a split with the same name. */
  unknown: z.number().int(),
  /** Decided differently in this project: left unchanged, or replaced if requested. */
  conflicting: z.number().int(),
  state: DecisionState,
});
export type DecisionsImport = z.infer<typeof DecisionsImport>;
