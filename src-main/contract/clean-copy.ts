import { z } from "zod";
import { ApplyCounts, ApplyResult } from "./apply.ts";
import { FilePlace, PlanRequest } from "./plan.ts";

/** How the copy's files are made: as hard links where the file system allows, or as separate files. */
export const COPY_BY = ["link", "file"] as const;

/** Requests a copy of the data set without the images that a plan removes. The splits' folders do not change. */
export const CopyRequest = PlanRequest.extend({
  /** Path of an edited plan (JSON or CSV) to use instead of making a new plan. */
  plan: z.string().optional(),
  /** A new or empty folder outside the splits' folders. It gets one folder per split. */
  folder: z.string().min(1),
  by: z.enum(COPY_BY).default("link"),
  /** Reports what the copy would contain without writing anything. */
  dryRun: z.boolean().default(false),
});
export type CopyRequest = z.input<typeof CopyRequest>;
export type ParsedCopyRequest = z.output<typeof CopyRequest>;

export const CopyEvent = z.discriminatedUnion("type", [
  /** An image that the plan removes. `done` says whether it was left out of the copy. */
  ApplyResult.extend({ type: z.literal("result") }),
  /** A manifest from which rows were left out. */
  FilePlace.extend({
    type: z.literal("manifest"),
    /** Image rows left out. */
    rows: z.number().int(),
    /** Annotation rows of those images left out. */
    annotations: z.number().int(),
  }),
  /** Files processed so far, sent a few times a second. */
  z.object({
    type: z.literal("progress"),
    done: z.number().int(),
    total: z.number().int(),
  }),
  /** A file that is missing from the copy or differs from what was requested, and why. */
  FilePlace.extend({ type: z.literal("problem"), reason: z.string() }),
]);
export type CopyEvent = z.infer<typeof CopyEvent>;

/** What a copy contains. `done` counts removed images, `left` those that the plan removes but the copy still contains. */
export const CopyCounts = ApplyCounts.extend({
  /** Images in the copy, including unreadable ones. */
  images: z.number().int(),
  /** Other files in the copy. */
  others: z.number().int(),
  /** How many of all files are hard links. */
  linked: z.number().int(),
  /** Manifests from which rows were left out. */
  manifests: z.number().int(),
  problems: z.number().int(),
});
export type CopyCounts = z.infer<typeof CopyCounts>;
