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
 * A criterion for preferring one copy over another.
 * - `protected`: its split is protected
 * - `split`: any split except the training split; `{ split: [...] }`: the splits in this order, all others last
 * - `{ folder: [...] }`: copies in one of these folders of their split, in this order
 * - `resolution`: most pixels
 * - `format`: lossless before lossy before limited palette; `{ format: [...] }`: the formats in this order
 * - `bytes`: the largest file
 * - `exif`: most EXIF entries
 * - `oldest`, `newest`: by modification time
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

/** Protected splits first, then all splits except train, then the copy with the most image detail. */
const DEFAULT_ORDER: KeeperCriterion[] = [
  "protected",
  "split",
  "resolution",
  "format",
  "bytes",
  "shortest-path",
];

/** Which copy of an image is kept, and which may be removed. */
export const KeeperRules = z.strictObject({
  /**
   * Splits that copies are removed from. `training` fixes leaks in the training split, which keeps test scores comparable;
   * `others` does the reverse; `all`, or split names.
   */
  from: z.union([z.enum(["training", "others", "all"]), names]).default("training"),
  /** Whether all copies of an image that is in several splits are removed, as far as `from` allows. */
  dropLeaks: z.boolean().default(false),
  /** The first criterion on which copies differ decides. On a tie, the first by split and path is kept. */
  order: z.array(KeeperCriterion).default(DEFAULT_ORDER),
});
export type KeeperRules = z.input<typeof KeeperRules>;
export type ParsedKeeperRules = z.output<typeof KeeperRules>;

export const DEFAULT_RULES: ParsedKeeperRules = KeeperRules.parse({});

/** Kinds of pairs that the keeper rules act on by default. All other matches need human judgment. */
const DEFAULT_KINDS: EvidenceKind[] = ["same-bytes", "same-pixels", "resized"];

/** A project's keeper rules, used in the review, in figures and in plans. */
export const ProjectRules = z.strictObject({
  rules: KeeperRules.default(DEFAULT_RULES),
  /** Kinds of pairs that the rules act on in a plan. */
  kinds: z.array(EvidenceKind).default(DEFAULT_KINDS),
});
export type ProjectRules = z.output<typeof ProjectRules>;

export const DEFAULT_PROJECT_RULES: ProjectRules = ProjectRules.parse({});
