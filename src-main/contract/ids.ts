import { z } from "zod";

/** Number of an image file, stable within a project. */
export const ImageId = z.number().int().positive().brand<"ImageId">();
export type ImageId = z.infer<typeof ImageId>;

/** Number of a cluster within one report, from 1, tightest first. */
export const ClusterId = z.number().int().positive().brand<"ClusterId">();
export type ClusterId = z.infer<typeof ClusterId>;
