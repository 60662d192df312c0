import { z } from "zod";
import { ImageId } from "./ids.ts";
import { PlanRequest } from "./plan.ts";

/**
 * How a plan is carried out.
 * - `quarantine`: into a folder that mirrors split and path; by default one beside the project
 * - `trash`: the system's, by the host
 * - `hardlink`: the copy becomes another name of its keeper; what it was goes to the quarantine folder
 * - `delete-forever`: gone at once, and no undo
 */
export const ApplyWay = z.discriminatedUnion("way", [
  z.object({ way: z.literal("quarantine"), folder: z.string().optional() }),
  z.object({ way: z.literal("trash") }),
  z.object({ way: z.literal("hardlink"), folder: z.string().optional() }),
  z.object({ way: z.literal("delete-forever") }),
]);
export type ApplyWay = z.infer<typeof ApplyWay>;

/** The ways that files can be brought back from. */
export const UndoableWay = z.enum(["trash", "quarantine", "hardlink"]);
export type UndoableWay = z.infer<typeof UndoableWay>;

export const ApplyRequest = PlanRequest.extend({
  /** File of an edited plan (JSON or CSV), instead of a plan made now. */
  plan: z.string().optional(),
  to: ApplyWay.default({ way: "quarantine" }),
  /** Says what would happen, and touches nothing. */
  dryRun: z.boolean().default(false),
});
export type ApplyRequest = z.input<typeof ApplyRequest>;
export type ParsedApplyRequest = z.output<typeof ApplyRequest>;

/** What became of one image. */
export const ApplyResult = z.object({
  /** `null` for a row of an edited plan that names no image of the project. */
  image: ImageId.nullable(),
  split: z.string(),
  path: z.string(),
  /** Whether it went, or would go. */
  done: z.boolean(),
  /** Where it is now, absolute; `null` where it stayed, was deleted, or only the system's trash knows. */
  to: z.string().nullable(),
  /** Files that went with it. */
  sidecars: z.number().int(),
  /** Why it stayed, or what is to be said although it went. */
  reason: z.string().nullable(),
  /** Whether it stayed since the system's trash did not take it: another way may. */
  refusedByTrash: z.boolean(),
});
export type ApplyResult = z.infer<typeof ApplyResult>;

export const ApplyEvent = z.discriminatedUnion("type", [
  ApplyResult.extend({ type: z.literal("result") }),
  /** Asks the host to move a file to the trash, and to say so by `apply.trashed`. Absolute, as path-text.ts writes names. */
  z.object({ type: z.literal("trash"), ticket: z.number().int(), file: z.string() }),
]);
export type ApplyEvent = z.infer<typeof ApplyEvent>;

/** How many images went, or came back, and how many did not. */
export const ApplyCounts = z.object({ done: z.number().int(), left: z.number().int() });
export type ApplyCounts = z.infer<typeof ApplyCounts>;

/** The last apply that can be taken back. */
export const AppliedStep = z.object({
  /** When it began, in milliseconds since 1970. */
  beganAt: z.number(),
  images: z.number().int(),
  /** False for one that was interrupted. */
  finished: z.boolean(),
  /** File of the journal. */
  journal: z.string(),
});
export type AppliedStep = z.infer<typeof AppliedStep>;
