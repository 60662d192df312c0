import { z } from "zod";
import { ApplyCounts, ApplyResult } from "./apply.ts";
import { FilePlace, PlanRequest } from "./plan.ts";

/** What the files of a copy are: hard links as far as the file system allows, or files of their own. */
export const COPY_BY = ["link", "file"] as const;

/** Asks for a copy of the data set without what a plan removes. Nothing in the splits' folders changes. */
export const CopyRequest = PlanRequest.extend({
  /** File of an edited plan (JSON or CSV), instead of a plan made now. */
  plan: z.string().optional(),
  /** Empty or not there yet, outside the splits' folders. It gets one folder per split. */
  folder: z.string().min(1),
  by: z.enum(COPY_BY).default("link"),
  /** Says what the copy would come to, and writes nothing. */
  dryRun: z.boolean().default(false),
});
export type CopyRequest = z.input<typeof CopyRequest>;
export type ParsedCopyRequest = z.output<typeof CopyRequest>;

export const CopyEvent = z.discriminatedUnion("type", [
  /** An image that the plan removes: whether the copy is without it. */
  ApplyResult.extend({ type: z.literal("result") }),
  /** A list of images that the copy has without some of its rows. */
  FilePlace.extend({
    type: z.literal("manifest"),
    /** Rows of images. */
    rows: z.number().int(),
    /** Rows of annotations of these. */
    annotations: z.number().int(),
  }),
  /** Files of the copy looked at so far, a few times a second. */
  z.object({
    type: z.literal("progress"),
    done: z.number().int(),
    total: z.number().int(),
  }),
  /** A file that the copy lacks, or has otherwise than asked for, and why. */
  FilePlace.extend({ type: z.literal("problem"), reason: z.string() }),
]);
export type CopyEvent = z.infer<typeof CopyEvent>;

/** What a copy came to. `done` counts the images that it is without, `left` those that it has although the plan removes them. */
export const CopyCounts = ApplyCounts.extend({
  /** Images in the copy, unreadable ones with them. */
  images: z.number().int(),
  /** Other files in the copy. */
  others: z.number().int(),
  /** How many of all are hard links. */
  linked: z.number().int(),
  /** Manifests without some of their rows. */
  manifests: z.number().int(),
  problems: z.number().int(),
});
export type CopyCounts = z.infer<typeof CopyCounts>;
