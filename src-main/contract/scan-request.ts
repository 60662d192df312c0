import { z } from "zod";
import { DNIKIT } from "./dnikit.ts";

export const DEFAULT_NEIGHBORS = DNIKIT.neighbors;
export const DEFAULT_BATCH_SIZE = 32;

export const Split = z.object({ name: z.string().min(1), root: z.string().min(1) });
export type Split = z.infer<typeof Split>;

export const DEVICES = ["auto", "cpu", "cuda", "directml", "coreml", "webgpu"] as const;
export const Device = z.enum(DEVICES);
export type Device = z.infer<typeof Device>;

export const PRESETS = ["dnikit"] as const;

export const ScanRequest = z.object({
  splits: z.array(Split).min(1),
  /** Project file; by default one in the engine's data folder, found again for the same folders. */
  project: z.string().optional(),
  /** Name of a bundled model or path of an ONNX file with its manifest beside it. */
  model: z.string().optional(),
  /** Outputs of the model to compare by; `all` stands for every one, none for the model's first. */
  modelOutputs: z.array(z.string()).default([]),
  /** Dimensions to reduce to by PCA before neighbors are searched. */
  pca: z.number().int().positive().optional(),
  preset: z.enum(PRESETS).optional(),
  device: Device.default("auto"),
  /** Neighbors kept per image and split. */
  neighbors: z.number().int().min(1).max(1000).default(DEFAULT_NEIGHBORS),
  /** Search exactly whatever the size. */
  exact: z.boolean().default(false),
  /** Images per split from which the search is approximate; the engine's measured crossover by default. */
  approximateFrom: z.number().int().positive().optional(),
  batchSize: z.number().int().min(1).max(1024).default(DEFAULT_BATCH_SIZE),
  /** Splits that no plan may ever touch. */
  protect: z.array(z.string()).default([]),
  /** Threads for decoding and inference; all cores by default. */
  threads: z.number().int().min(1).max(256).optional(),
});
export type ScanRequest = z.input<typeof ScanRequest>;
export type ParsedScanRequest = z.output<typeof ScanRequest>;
