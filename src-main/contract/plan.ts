import { z } from "zod";
import { ClusterFilter, Cut } from "./cut.ts";
import { EvidenceKind } from "./evidence-kind.ts";
import { Grouping } from "./grouping.ts";
import { ImageId } from "./ids.ts";
import { KeeperRules } from "./keeper.ts";
import { ReportLeak } from "./report.ts";
import { Threshold } from "./threshold.ts";

/** Percent of a class; a plan warns where one would lose more. */
export const DEFAULT_CLASS_LOSS = 20;

/** Which files travel with an image beside those that are known by their names. */
export const SidecarOptions = z.object({
  /** Such as `{folder}/{name}.caption`, relative to the split's folder; `{name}` is the image's without its ending. */
  sidecars: z.array(z.string().min(1)).default([]),
  /** Folders outside the splits whose files may travel, such as YOLO's `labels` beside a scanned `images`. Absolute. */
  sidecarRoots: z.array(z.string().min(1)).default([]),
});

/** Clusters, each named by any of its images, that may lose all of them. */
export const MayEmpty = z.union([z.literal("all"), z.array(ImageId)]).default([]);

export const PlanRequest = Cut.extend({
  /** By default those of the project. */
  rules: KeeperRules.optional(),
  /** Kinds of pairs that the rules act on, by default those of the project; none for a plan of nothing but what a person marked. */
  kinds: z.array(EvidenceKind).optional(),
  /** Clusters that the rules act on. */
  filter: ClusterFilter.default(ClusterFilter.parse({})),
  mayEmpty: MayEmpty,
  /** Images that may go at all: what a person has seen in a plan. By default every one that marks and rules name. */
  only: z.array(ImageId).optional(),
  ...SidecarOptions.shape,
  /** Percent of a class in [0, 100]; a larger loss is warned of. */
  classLoss: z.number().min(0).max(100).default(DEFAULT_CLASS_LOSS),
});
export type PlanRequest = z.input<typeof PlanRequest>;
export type ParsedPlanRequest = z.output<typeof PlanRequest>;

/** Where a file of a project lies: its split, and its path below that split's folder. */
export const FilePlace = z.object({ split: z.string(), path: z.string() });
export type FilePlace = z.infer<typeof FilePlace>;

/** One image that goes, with all that goes with it. */
export const PlanOperation = FilePlace.extend({
  image: ImageId,
  label: z.string().nullable(),
  /** Smallest image id of its cluster; `null` for an image that a person marked and that stands in none. */
  cluster: ImageId.nullable(),
  sha256: z.string(),
  bytes: z.number().int(),
  /** Why it goes, in words. */
  reason: z.string(),
  /** The copy that stays in its place. */
  keeper: FilePlace.nullable(),
  /** Files that go with it, relative to its split's folder, or absolute where they lie outside. */
  sidecars: z.array(z.string()),
});
export type PlanOperation = z.infer<typeof PlanOperation>;

const LeakFigure = ReportLeak.pick({ images: true, of: true, percent: true });

export const Plan = z.object({
  schema: z.literal("twinlens.plan/1"),
  twinlens: z.string(),
  project: z.string(),
  threshold: Threshold,
  grouping: Grouping,
  response: z.string(),
  rules: KeeperRules,
  /** Whether these are the project's own rules, or others that the plan was asked for with. */
  rulesFrom: z.enum(["project", "request"]),
  kinds: z.array(EvidenceKind),
  splits: z.array(z.object({ name: z.string(), root: z.string(), protected: z.boolean() })),
  mayEmpty: MayEmpty,
  operations: z.array(PlanOperation),
  /** Clusters that would keep nothing, by their smallest image id. Without leave in `mayEmpty` none of their images goes. */
  emptied: z.array(z.object({ cluster: ImageId, size: z.number().int(), allowed: z.boolean() })),
  /** Of the images that go, those of clusters held back left out. */
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
  /** Folders outside the scanned ones that hold files of images that go: these stay. Absolute. */
  outside: z.array(z.string()),
  warnings: z.array(z.string()),
});
export type Plan = z.infer<typeof Plan>;

export const PLAN_OUTPUTS = ["json", "csv", "keepList", "removeList"] as const;
export const PlanOutput = z.enum(PLAN_OUTPUTS);
export type PlanOutput = z.infer<typeof PlanOutput>;

/** A piece of a plan's text that goes to the caller. */
export const PlanChunk = z.object({ output: PlanOutput, text: z.string() });

/** A row of a plan as a person may hand it back: added by hand it needs no more than where and what the file is. */
export const PlanRow = FilePlace.extend({
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "Expected 64 hexadecimal digits"),
  reason: z.string().default("named by the plan"),
  keeper: FilePlace.nullable().default(null),
  /** Left out: found anew. */
  sidecars: z.array(z.string()).optional(),
});
export type PlanRow = z.output<typeof PlanRow>;

/** A plan as it is read back: the figures are not needed. */
export const EditedPlan = z.object({
  schema: z.literal("twinlens.plan/1").optional(),
  threshold: Threshold.optional(),
  grouping: Grouping.optional(),
  response: z.string().optional(),
  mayEmpty: MayEmpty,
  operations: z.array(PlanRow),
});
export type EditedPlan = z.output<typeof EditedPlan>;
