import { z } from "zod";

/** Precision and recall of a confidence threshold on the pairs used for fitting, all in [0, 1]. */
export const FittedThreshold = z.object({
  confidence: z.number(),
  /** Share of duplicates among the pairs that reach the threshold, if one candidate in 100 is a duplicate. */
  precision: z.number(),
  /** Share of duplicates that reach the threshold. */
  recall: z.number(),
});
export type FittedThreshold = z.infer<typeof FittedThreshold>;

/** Coefficients of the logistic that turns a pair's figures into a probability of being a duplicate. */
export const Calibration = z.object({
  bias: z.number(),
  /** Weight of the log ratio of the pair's cosine distance to that of the denser of the two neighborhoods. */
  nearer: z.number(),
  /** Weight of the pixel evidence's score in [0, 1]. */
  evidence: z.number(),
  /** Added if the evidence explains the match, which is any kind except `similar`. */
  explained: z.number(),
  /** Density, as a cosine, assumed if the data set is too small to measure one. */
  typicalDensity: z.number(),
  /** For the threshold `auto`. Missing from manifests of earlier versions. */
  auto: FittedThreshold.optional(),
});
export type Calibration = z.infer<typeof Calibration>;

/** Pixels. Batches are allocated from it. */
const InputSide = z.number().int().positive().max(4096);
const MOST_DIMENSIONS = 65_536;

/**
 * The JSON file next to an ONNX model (`model.onnx` -> `model.json`) that describes its input and outputs.
 * Images are passed as RGB; a float model gets `(value / 255 - mean) / std` per channel.
 */
export const ModelManifest = z.object({
  schema: z.literal("twinlens.model/1"),
  name: z.string().min(1),
  version: z.string().default("1"),
  /** File name of the ONNX graph in the manifest's folder. */
  file: z.string().regex(/^(?!\.{1,2}$)[^/\\\0]+$/, "Expected a file name without a folder"),
  /** SHA-256 of the graph in hexadecimal; checked if given. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  input: z.object({
    name: z.string(),
    layout: z.enum(["NHWC", "NCHW"]),
    type: z.enum(["uint8", "float32"]),
    width: InputSide,
    height: InputSide,
    mean: z.tuple([z.number(), z.number(), z.number()]).default([0, 0, 0]),
    std: z.tuple([z.number(), z.number(), z.number()]).default([1, 1, 1]),
    /** Whether the graph itself resizes, in which case smaller images are passed at their own size. */
    anySize: z.boolean().default(false),
  }),
  /** The first output is the default model output. */
  outputs: z
    .array(
      z.object({ name: z.string(), dimensions: z.number().int().positive().max(MOST_DIMENSIONS) }),
    )
    .min(1),
  /** Calibration per output. An output without one gets a generic calibration, and the report says so. */
  calibration: z.record(z.string(), Calibration).nullable().default(null),
  training: z.unknown().optional(),
});
export type ModelManifest = z.infer<typeof ModelManifest>;
