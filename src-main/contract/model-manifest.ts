import { z } from "zod";

/** What a threshold on the confidence was worth on the pairs that the confidence was fitted on, all in [0, 1]. */
export const FittedThreshold = z.object({
  confidence: z.number(),
  /** Share of duplicates among the pairs that reach it, where one candidate in 100 is a duplicate. */
  precision: z.number(),
  /** Share of the duplicates among the candidates that reach it. */
  recall: z.number(),
});
export type FittedThreshold = z.infer<typeof FittedThreshold>;

/** Coefficients of the logistic that turns a pair's figures into a probability of being a duplicate. */
export const Calibration = z.object({
  bias: z.number(),
  /** Weight of how much nearer the pair is than the denser neighborhood, as the log of the ratio of their cosine distances. */
  nearer: z.number(),
  /** Weight of the pixel evidence's score in [0, 1]. */
  evidence: z.number(),
  /** Added when the evidence names a reason, that is any kind but `similar`. */
  explained: z.number(),
  /** Density assumed where the data set is too small to measure one, as cosine. */
  typicalDensity: z.number(),
  /** For the threshold `auto`; manifests of earlier versions lack it. */
  auto: FittedThreshold.optional(),
});
export type Calibration = z.infer<typeof Calibration>;

/**
 * The JSON file beside an ONNX model (`model.onnx` -> `model.json`) that says how to feed it and what it answers.
 * Images are given as RGB; a float model gets `(value / 255 - mean) / std` per channel.
 */
export const ModelManifest = z.object({
  schema: z.literal("twinlens.model/1"),
  name: z.string().min(1),
  version: z.string().default("1"),
  /** File name of the ONNX graph, beside the manifest. */
  file: z.string().min(1),
  /** SHA-256 of the graph in hex; checked where given. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  input: z.object({
    name: z.string(),
    layout: z.enum(["NHWC", "NCHW"]),
    type: z.enum(["uint8", "float32"]),
    width: z.number().int().positive(),
    height: z.number().int().positive(),
    mean: z.tuple([z.number(), z.number(), z.number()]).default([0, 0, 0]),
    std: z.tuple([z.number(), z.number(), z.number()]).default([1, 1, 1]),
    /** The graph resizes by itself: smaller images can be fed in their own size. */
    anySize: z.boolean().default(false),
  }),
  /** The first output is the default model output. */
  outputs: z.array(z.object({ name: z.string(), dimensions: z.number().int().positive() })).min(1),
  /** Calibration per output; without one, confidence comes from generic figures and the report says so. */
  calibration: z.record(z.string(), Calibration).nullable().default(null),
  training: z.unknown().optional(),
});
export type ModelManifest = z.infer<typeof ModelManifest>;
