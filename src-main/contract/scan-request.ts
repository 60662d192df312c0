import { z } from "zod";
import { DNIKIT } from "./dnikit.ts";

export const DEFAULT_NEIGHBORS = DNIKIT.neighbors;
export const DEFAULT_BATCH_SIZE = 32;
/** Larger images are rejected so that a hostile header cannot exhaust memory: 16,384 x 16,384. */
export const DEFAULT_MAX_PIXELS = 16384 * 16384;

export const Split = z.object({
  name: z.string().min(1),
  /** Paths are relative to it. */
  root: z.string().min(1),
  /** Folders below the root, relative to it, that hold the split's images; by default the whole root. */
  folders: z.array(z.string().min(1)).min(1).optional(),
});
export type Split = z.infer<typeof Split>;

export const DEVICES = ["auto", "cpu", "cuda", "directml", "coreml", "webgpu"] as const;
export const Device = z.enum(DEVICES);
export type Device = z.infer<typeof Device>;

export const PRESETS = ["dnikit"] as const;

export const ScanRequest = z.object({
  splits: z.array(Split).min(1),
  /** Roots in which splits were recognized: what else they contain is reported as not compared. */
  roots: z.array(z.string().min(1)).optional(),
  /** The person confirmed that a root with folders named like splits is one split. */
  oneSplit: z.boolean().optional(),
  /** Project file; by default one in the data folder, which is reused for the same folders. */
  project: z.string().optional(),
  /** Name of a bundled model or path of an ONNX file with its manifest next to it. */
  model: z.string().optional(),
  /** Model outputs to use; `all` means every output, empty means the first. */
  modelOutputs: z.array(z.string()).default([]),
  /** Number of dimensions to reduce embeddings to with PCA before searching neighbors. */
  pca: z.number().int().positive().optional(),
  preset: z.enum(PRESETS).optional(),
  device: Device.default("auto"),
  /** Neighbors kept per image and split. */
  neighbors: z.number().int().min(1).max(1000).default(DEFAULT_NEIGHBORS),
  /** Search exactly, whatever the size. */
  exact: z.boolean().default(false),
  /** Images per split at which the search becomes approximate; by default where that becomes faster, as measured. */
  approximateFrom: z.number().int().positive().optional(),
  batchSize: z.number().int().min(1).max(1024).default(DEFAULT_BATCH_SIZE),
  /** Splits from which no plan may remove anything. */
  protect: z.array(z.string()).default([]),
  /** Threads for decoding and inference; all cores by default. */
  threads: z.number().int().min(1).max(256).optional(),
  /** Images with more pixels are not read. */
  maxPixels: z.number().int().positive().default(DEFAULT_MAX_PIXELS),
  /** More folders that links may lead to. */
  followLinks: z.array(z.string()).default([]),
});
export type ScanRequest = z.input<typeof ScanRequest>;
export type ParsedScanRequest = z.output<typeof ScanRequest>;
