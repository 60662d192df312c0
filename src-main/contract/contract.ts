import { eventIterator, oc } from "@orpc/contract";
import { z } from "zod";
import { ENGINE_ERRORS } from "./errors.ts";
import {
  Fallback,
  ReportLeak,
  ReportSplit,
  ReportThreshold,
  Seconds,
  Unreadable,
} from "./report.ts";
import { Threshold } from "./threshold.ts";

export const DEFAULT_NEIGHBORS = 10;
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
  responses: z.array(z.string()).default([]),
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

export const STAGES = ["walk", "embed", "neighbors", "evidence"] as const;

export const ScanEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("progress"),
    stage: z.enum(STAGES),
    /** Images (walk: files seen so far; evidence: pairs) done and in all; `null` while unknown. */
    done: z.number().int(),
    total: z.number().int().nullable(),
    unreadable: z.number().int(),
  }),
  z.object({ type: z.literal("device"), device: z.string(), fallbacks: z.array(Fallback) }),
  z.object({ type: z.literal("warning"), message: z.string() }),
]);
export type ScanEvent = z.infer<typeof ScanEvent>;

export const ScanResult = z.object({
  project: z.string(),
  images: z.number().int(),
  /** Images that had to be decoded and embedded in this scan; the rest was known. */
  embedded: z.number().int(),
});
export type ScanResult = z.infer<typeof ScanResult>;

export const REPORT_OUTPUTS = ["json", "csv", "html", "keepList", "removeList"] as const;
export const ReportOutput = z.enum(REPORT_OUTPUTS);
export type ReportOutput = z.infer<typeof ReportOutput>;

/** Text goes to the caller in pieces, or to a file. */
export const STANDARD_OUTPUT = "-";

export const ReportRequest = z.object({
  project: z.string(),
  threshold: Threshold.default({ strategy: "auto" }),
  /** Responses to report on; by default all that the last scan compared by. */
  responses: z.array(z.string()).default([]),
  /** Where each report is written: a file, or `-` for the caller. */
  outputs: z.partialRecord(ReportOutput, z.string()).default({}),
});
export type ReportRequest = z.input<typeof ReportRequest>;
export type ParsedReportRequest = z.output<typeof ReportRequest>;

/** A piece of a report. Names that are not UTF-8 stand in it as path-text.ts has them. */
export const TextChunk = z.object({ output: ReportOutput, text: z.string() });

/** What a person wants to know first. */
export const ReportSummary = z.object({
  splits: z.array(ReportSplit),
  threshold: ReportThreshold,
  clusters: z.number().int(),
  /** Images that stand in a cluster, and how many of them could go with one kept per cluster. */
  clusteredImages: z.number().int(),
  redundantImages: z.number().int(),
  crossSplitClusters: z.number().int(),
  labelConflicts: z.number().int(),
  leaks: z.array(ReportLeak.omit({ byLabel: true })),
  /** Pairs in clusters by kind of evidence. */
  kinds: z.record(z.string(), z.number().int()),
  /** The closest pair below the threshold, when nothing was found. */
  closest: z.object({ similarity: z.number(), confidence: z.number() }).nullable(),
  unreadable: z.array(Unreadable),
  model: z.object({ name: z.string(), device: z.string(), calibrated: z.boolean() }),
  neighbors: z.object({ k: z.number().int(), method: z.string(), recall: z.number() }),
  seconds: Seconds,
});
export type ReportSummary = z.infer<typeof ReportSummary>;

export const EXPORTS = ["embeddings", "neighbors", "images"] as const;

export const ExportRequest = z.object({
  project: z.string(),
  what: z.enum(EXPORTS),
  /** Ends in `.npy`, `.parquet`, `.csv` or `.jsonl`. */
  out: z.string(),
  /** The response to export; by default the first that the last scan compared by. */
  response: z.string().optional(),
});
export type ExportRequest = z.input<typeof ExportRequest>;

export const DeviceStatus = z.object({
  device: Device.exclude(["auto"]),
  available: z.boolean(),
  /** Why it cannot be used. */
  reason: z.string().nullable(),
});
export type DeviceStatus = z.infer<typeof DeviceStatus>;

const procedure = oc.errors(ENGINE_ERRORS);

/** Everything that a host can ask of the engine. */
export const contract = {
  /** Finds split folders (train, test, val) inside one root; the root itself as `all` when there are none. */
  recognizeSplits: procedure.input(z.object({ root: z.string() })).output(z.array(Split)),
  scan: procedure.input(ScanRequest).output(eventIterator(ScanEvent, ScanResult)),
  report: procedure.input(ReportRequest).output(eventIterator(TextChunk, ReportSummary)),
  export: procedure
    .input(ExportRequest)
    .output(z.object({ files: z.array(z.string()), rows: z.number().int() })),
  /** Draws the demo data set into an empty folder. */
  demo: procedure
    .input(z.object({ out: z.string() }))
    .output(
      z.object({ splits: z.array(Split), images: z.number().int(), pairs: z.number().int() }),
    ),
  devices: procedure.output(z.array(DeviceStatus)),
};
