import { z } from "zod";
import { Device, Split } from "./scan-request.ts";

/** Default number of images, the same as for the bundled model's calibration. */
export const DEFAULT_CALIBRATION_IMAGES = 1000;

export const CalibrateRequest = z.object({
  /** Path of an ONNX file with its manifest next to it. */
  model: z.string(),
  /** Folders with the user's images; empty if a project is given. */
  splits: z.array(Split).default([]),
  /** A scanned project whose folders are used. */
  project: z.string().optional(),
  /** Path of a new manifest. By default the one next to the model is replaced, after a backup. */
  out: z.string().optional(),
  /** Maximum number of images used. */
  images: z.number().int().min(50).max(100_000).default(DEFAULT_CALIBRATION_IMAGES),
  device: Device.default("auto"),
  threads: z.number().int().min(1).max(256).optional(),
});
export type CalibrateRequest = z.input<typeof CalibrateRequest>;
export type ParsedCalibrateRequest = z.output<typeof CalibrateRequest>;

export const CalibrateResult = z.object({
  images: z.number().int(),
  /** Edited copies made of some of them. */
  copies: z.number().int(),
  /** By model output, how the pairs used for fitting fare at a confidence of 0.9. */
  modelOutputs: z.array(
    z.object({
      name: z.string(),
      /** Candidate pairs of an image and its copy, and how many of them reach the confidence. */
      duplicates: z.number().int(),
      found: z.number().int(),
      /** Candidate pairs of different images, and how many of them reach the confidence. */
      others: z.number().int(),
      mistaken: z.number().int(),
    }),
  ),
  /** Path of the manifest that was written. */
  manifest: z.string(),
  /** Path of the previous manifest's backup; `null` for a new manifest. */
  backup: z.string().nullable(),
});
export type CalibrateResult = z.infer<typeof CalibrateResult>;
