import { z } from "zod";
import { EvidenceKind } from "./evidence-kind.ts";

const PLAIN_CRITERIA = [
  "protected",
  "split",
  "resolution",
  "format",
  "bytes",
  "exif",
  "oldest",
  "newest",
  "shortest-path",
] as const;

const names = z.array(z.string().min(1)).min(1);

/**
 * What makes one copy better than another.
 * - `protected`: its split is protected
 * - `split`: any split but the training one; `{ split: [...] }`: the splits in this order, those not named last
 * - `{ folder: [...] }`: it lies below one of these folders of its split, in this order
 * - `resolution`: most pixels
 * - `format`: lossless before lossy before few colors; `{ format: [...] }`: the formats in this order
 * - `bytes`: the largest file
 * - `exif`: most entries of EXIF
 * - `oldest`, `newest`: by the time that the file was changed last
 * - `shortest-path`
 */
export const KeeperCriterion = z.union(
  [
    z.enum(PLAIN_CRITERIA),
    z.strictObject({ split: names }),
    z.strictObject({ folder: names }),
    z.strictObject({ format: names }),
  ],
  {
    error: `Expected one of ${PLAIN_CRITERIA.join(", ")}, {"split": [...]}, {"folder": [...]} or {"format": [...]}`,
  },
);
export type KeeperCriterion = z.infer<typeof KeeperCriterion>;

/** Protected splits first, then all but train, then what holds most of the picture. */
const DEFAULT_ORDER: KeeperCriterion[] = [
  "protected",
  "split",
  "resolution",
  "format",
  "bytes",
  "shortest-path",
];

/** Which of the copies of a picture is kept, and which may go. */
export const KeeperRules = z.strictObject({
  /**
   * Splits that copies are taken from: `training` mends a leak in the training split, so that the others stay comparable;
   * `others` turns that round; `all`, or the names of some.
   */
  from: z.union([z.enum(["training", "others", "all"]), names]).default("training"),
  /** Whether of copies in several splits none is kept, on either side, as far as `from` allows. */
  dropLeaks: z.boolean().default(false),
  /** The first criterion that tells copies apart decides; of equals the first by split and path is kept. */
  order: z.array(KeeperCriterion).default(DEFAULT_ORDER),
});
export type KeeperRules = z.input<typeof KeeperRules>;
export type ParsedKeeperRules = z.output<typeof KeeperRules>;

export const DEFAULT_RULES: ParsedKeeperRules = KeeperRules.parse({});

/** Kinds of pairs that the keeper rules act on unless asked otherwise: whatever else matches is for a person to judge. */
const DEFAULT_KINDS: EvidenceKind[] = ["same-bytes", "same-pixels", "resized"];

/** What a project keeps by, wherever it is asked which copy is best: in the review, in figures and in plans. */
export const ProjectRules = z.strictObject({
  rules: KeeperRules.default(DEFAULT_RULES),
  /** Kinds of pairs that a plan lets the rules act on. */
  kinds: z.array(EvidenceKind).default(DEFAULT_KINDS),
});
export type ProjectRules = z.output<typeof ProjectRules>;

export const DEFAULT_PROJECT_RULES: ProjectRules = ProjectRules.parse({});
