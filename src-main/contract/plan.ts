import { z } from "zod";
import { ClusterFilter, Cut } from "./cut.ts";
import { EvidenceKind } from "./evidence-kind.ts";
import { Grouping } from "./grouping.ts";
import { ImageId } from "./ids.ts";
import { KeeperRules } from "./keeper.ts";
import { ReportLeak } from "./report.ts";
import { Threshold } from "./threshold.ts";

/** A plan warns if a class would lose more than this percentage. */
export const DEFAULT_CLASS_LOSS = 20;

/** Which sidecar files are removed with an image, in addition to those recognized by name. */
export const SidecarOptions = z.object({
  /** Patterns such as `{folder}/{name}.caption`, relative to the split's folder; `{name}` is the image's name without extension. */
  sidecars: z.array(z.string().min(1)).default([]),
  /** Absolute paths of folders outside the splits that may hold sidecars, such as YOLO's `labels` next to a scanned `images`. */
  sidecarRoots: z.array(z.string().min(1)).default([]),
});

/** Clusters that may lose all their images. Each is identified by any of its images. */
export const MayEmpty = z.union([z.literal("all"), z.array(ImageId)]).default([]);

export const PlanRequest = Cut.extend({
  /** By default the project's rules. */
  rules: KeeperRules.optional(),
  /** Kinds of pairs that the rules act on, by default the project's; empty to plan only marked images. */
  kinds: z.array(EvidenceKind).optional(),
  /** Clusters that the rules act on. */
  filter: ClusterFilter.default(ClusterFilter.parse({})),
  mayEmpty: MayEmpty,
  /** Limits removal to these images, such as those shown in an earlier plan. By default there is no limit. */
  only: z.array(ImageId).optional(),
  ...SidecarOptions.shape,
  /** Percentage of a class in [0, 100]; the plan warns about larger losses. */
  classLoss: z.number().min(0).max(100).default(DEFAULT_CLASS_LOSS),
});
export type PlanRequest = z.input<typeof PlanRequest>;
export type ParsedPlanRequest = z.output<typeof PlanRequest>;

/** A file in a project: its split, and its path relative to that split's folder. */
export const FilePlace = z.object({ split: z.string(), path: z.string() });
export type FilePlace = z.infer<typeof FilePlace>;

/** The removal of one image and its sidecars. */
export const PlanOperation = FilePlace.extend({
  image: ImageId,
  label: z.string().nullable(),
  /** Smallest image id of its cluster; `null` for a marked image that is in no cluster. */
  cluster: ImageId.nullable(),
  sha256: z.string(),
  bytes: z.number().int(),
  /** Why it is removed, as text. */
  reason: z.string(),
  /** The file that stays and matches it directly. */
  keeper: FilePlace.nullable(),
  /** How both match. */
  kind: EvidenceKind.nullable(),
  /** How both were compared for this plan: by their bytes, or by all pixels, tile by tile. `null` if a person chose the image or the kind. */
  verified: z.enum(["bytes", "full-resolution"]).nullable(),
  /** Files removed with it, relative to its split's folder, or absolute if they are outside it. */
  sidecars: z.array(z.string()),
});
export type PlanOperation = z.infer<typeof PlanOperation>;

/** An image that the rules would remove, but whose label differs from a direct copy's. It stays until the right label is chosen. */
export const HeldBackImage = PlanOperation.pick({
  image: true,
  split: true,
  path: true,
  label: true,
  reason: true,
}).extend({ cluster: ImageId, keeper: FilePlace, kind: EvidenceKind });
export type HeldBackImage = z.infer<typeof HeldBackImage>;

const LeakFigure = ReportLeak.pick({ images: true, of: true, percent: true });

export const Plan = z.object({
  schema: z.literal("twinlens.plan/1"),
  twinlens: z.string(),
  project: z.string(),
  threshold: Threshold,
  grouping: Grouping,
  response: z.string(),
  rules: KeeperRules,
  /** Whether the rules are the project's or came with the request. */
  rulesFrom: z.enum(["project", "request"]),
  kinds: z.array(EvidenceKind),
  splits: z.array(z.object({ name: z.string(), root: z.string(), protected: z.boolean() })),
  mayEmpty: MayEmpty,
  operations: z.array(PlanOperation),
  /** Clusters that would lose all images, by their smallest image id. Nothing is removed from them unless `mayEmpty` allows it. */
  emptied: z.array(z.object({ cluster: ImageId, size: z.number().int(), allowed: z.boolean() })),
  /** By image id. */
  heldBack: z.array(HeldBackImage),
  /** Totals of the images to be removed, without those in clusters that `mayEmpty` does not allow to be emptied. */
  totals: z.object({
    images: z.number().int(),
    bytes: z.number().int(),
    sidecars: z.number().int(),
    bySplit: z.record(z.string(), z.object({ images: z.number().int(), bytes: z.number().int() })),
  }),
  /** Per split and label: images before and after. */
  balance: z.record(
    z.string(),
    z.record(z.string(), z.object({ before: z.number().int(), after: z.number().int() })),
  ),
  leaks: z.array(
    z.object({ from: z.string(), into: z.string(), before: LeakFigure, after: LeakFigure }),
  ),
  /** Absolute paths of folders outside the splits with sidecars of removed images. These sidecars are kept. */
  outside: z.array(z.string()),
  warnings: z.array(z.string()),
});
export type Plan = z.infer<typeof Plan>;

export const PLAN_OUTPUTS = ["json", "csv", "keepList", "removeList"] as const;
export const PlanOutput = z.enum(PLAN_OUTPUTS);
export type PlanOutput = z.infer<typeof PlanOutput>;

/** A piece of a plan's text for the caller. */
export const PlanChunk = z.object({ output: PlanOutput, text: z.string() });

/** A row of an edited plan. A row added by hand needs only the split, path and SHA-256. */
export const PlanRow = FilePlace.extend({
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "Expected 64 hexadecimal digits"),
  reason: z.string().default("named by the plan"),
  keeper: FilePlace.nullable().default(null),
  /** If missing, sidecars are looked up again. */
  sidecars: z.array(z.string()).optional(),
});
export type PlanRow = z.output<typeof PlanRow>;

/** A plan read back from a file. It does not need the figures. */
export const EditedPlan = z.object({
  schema: z.literal("twinlens.plan/1").optional(),
  threshold: Threshold.optional(),
  grouping: Grouping.optional(),
  response: z.string().optional(),
  mayEmpty: MayEmpty,
  operations: z.array(PlanRow),
});
export type EditedPlan = z.output<typeof EditedPlan>;
