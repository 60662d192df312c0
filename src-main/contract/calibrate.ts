import { z } from "zod";
import { Device, Split } from "./scan-request.ts";

/** Images that a calibration looks at unless asked otherwise; the bundled model's was made with as many. */
export const DEFAULT_CALIBRATION_IMAGES = 1000;

export const CalibrateRequest = z.object({
  /** Path of an ONNX file with its manifest beside it. */
  model: z.string(),
  /** Folders of the person's own images; none where a project names them. */
  splits: z.array(Split).default([]),
  /** A scanned project whose folders are taken. */
  project: z.string().optional(),
  /** A new file for the manifest; without it the one beside the model is written, and what it was is kept. */
  out: z.string().optional(),
  /** Images looked at, at most. */
  images: z.number().int().min(50).max(100_000).default(DEFAULT_CALIBRATION_IMAGES),
  device: Device.default("auto"),
  threads: z.number().int().min(1).max(256).optional(),
});
export type CalibrateRequest = z.input<typeof CalibrateRequest>;
export type ParsedCalibrateRequest = z.output<typeof CalibrateRequest>;

export const CalibrateResult = z.object({
  images: z.number().int(),
  /** Edited copies that were made of some of them. */
  copies: z.number().int(),
  /** What a confidence of 0.9 makes of the pairs that it was fitted on, by output of the model. */
  modelOutputs: z.array(
    z.object({
      name: z.string(),
      /** Candidate pairs of a picture and its copy, and those among them that reach it. */
      duplicates: z.number().int(),
      found: z.number().int(),
      /** Candidate pairs of two pictures, and those among them that reach it. */
      others: z.number().int(),
      mistaken: z.number().int(),
    }),
  ),
  /** The file that was written. */
  manifest: z.string(),
  /** The file that holds what it was; `null` for a new one. */
  backup: z.string().nullable(),
});
export type CalibrateResult = z.infer<typeof CalibrateResult>;
