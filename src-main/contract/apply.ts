import { z } from "zod";
import { ImageId } from "./ids.ts";
import { PlanRequest } from "./plan.ts";

/**
 * What happens to removed files.
 * - `quarantine`: moved to a folder that mirrors split and path; by default one next to the project
 * - `trash`: moved to the system's trash by the host
 * - `hardlink`: the copy becomes a hard link to its keeper, and the original is moved to the quarantine folder
 * - `delete-forever`: deleted immediately, without undo
 */
export const ApplyWay = z.discriminatedUnion("way", [
  z.object({ way: z.literal("quarantine"), folder: z.string().optional() }),
  z.object({ way: z.literal("trash") }),
  z.object({ way: z.literal("hardlink"), folder: z.string().optional() }),
  z.object({ way: z.literal("delete-forever") }),
]);
export type ApplyWay = z.infer<typeof ApplyWay>;

/** The ways that can be undone. */
export const UndoableWay = z.enum(["trash", "quarantine", "hardlink"]);
export type UndoableWay = z.infer<typeof UndoableWay>;

export const ApplyRequest = PlanRequest.extend({
  /** Path of an edited plan (JSON or CSV) to use instead of making a new plan. */
  plan: z.string().optional(),
  to: ApplyWay.default({ way: "quarantine" }),
  /** Reports what would happen without changing anything. */
  dryRun: z.boolean().default(false),
});
export type ApplyRequest = z.input<typeof ApplyRequest>;
export type ParsedApplyRequest = z.output<typeof ApplyRequest>;

/** The result for one image. */
export const ApplyResult = z.object({
  /** `null` if the row of an edited plan matches no image in the project. */
  image: ImageId.nullable(),
  split: z.string(),
  path: z.string(),
  /** Whether it was removed, or would be in a dry run. */
  done: z.boolean(),
  /** Absolute path of its new location; `null` if it was kept, deleted, or moved to the system's trash. */
  to: z.string().nullable(),
  /** Number of files removed with it. */
  sidecars: z.number().int(),
  /** Why it was kept, or a warning although it was removed. */
  reason: z.string().nullable(),
  /** Whether it was kept because the system's trash refused it. Another way may work. */
  refusedByTrash: z.boolean(),
});
export type ApplyResult = z.infer<typeof ApplyResult>;

export const ApplyEvent = z.discriminatedUnion("type", [
  ApplyResult.extend({ type: z.literal("result") }),
  /** Requests that the host move a file to the trash and confirm with `apply.trashed`. Absolute path in the form of path-text.ts. */
  z.object({ type: z.literal("trash"), ticket: z.number().int(), file: z.string() }),
]);
export type ApplyEvent = z.infer<typeof ApplyEvent>;

/** How many images were removed or restored, and how many were not. */
export const ApplyCounts = z.object({ done: z.number().int(), left: z.number().int() });
export type ApplyCounts = z.infer<typeof ApplyCounts>;

/** The last removal, which can be undone. */
export const AppliedStep = z.object({
  /** Start time in milliseconds since 1970. */
  beganAt: z.number(),
  images: z.number().int(),
  /** False if it was interrupted. */
  finished: z.boolean(),
  /** Whether any of it can be undone. Files that were deleted forever cannot be restored. */
  restorable: z.boolean(),
  /** Path of the journal. */
  journal: z.string(),
  /** The latest decision before it, see `DecisionState.latest`; 0 if there was none, or if an older version wrote the journal. */
  decision: z.number().int(),
});
export type AppliedStep = z.infer<typeof AppliedStep>;
