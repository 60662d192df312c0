import { z } from "zod";
import { Split } from "./scan-request.ts";

/** A folder of a data set's root and its images, or a list of images. */
export const FolderImages = z.object({
  /** Relative to the root, with slashes; `.` for the root itself. */
  folder: z.string(),
  /** Files named like images; 0 for a list. */
  images: z.number().int(),
});
export type FolderImages = z.infer<typeof FolderImages>;

/** What a root contains besides what a scan of its splits compares. */
export const RootSurvey = z.object({
  /** Folders with images that are in no split. */
  unused: z.array(FolderImages),
  /** If one split holds the whole root: folders and lists in it that are named like splits. */
  splitLike: z.array(FolderImages),
});
export type RootSurvey = z.infer<typeof RootSurvey>;

/** The splits of a root by the names of its folders. */
export const RecognizedRoot = RootSurvey.extend({ splits: z.array(Split) });
export type RecognizedRoot = z.infer<typeof RecognizedRoot>;
