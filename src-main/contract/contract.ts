import { eventIterator, oc } from "@orpc/contract";
import { z } from "zod";
import { AppliedStep, ApplyCounts, ApplyEvent, ApplyRequest, ApplyResult } from "./apply.ts";
import { CalibrateRequest, CalibrateResult } from "./calibrate.ts";
import { CopyCounts, CopyEvent, CopyRequest } from "./clean-copy.ts";
import {
  ClusterDetail,
  ClusterFilter,
  ClusterPage,
  ClusterSort,
  Cut,
  CutFigures,
  PairColumn,
  PairHistogram,
} from "./cut.ts";
import { ClusterOf, Decision, DecisionState, DecisionsImport } from "./decisions.ts";
import { ENGINE_ERRORS } from "./errors.ts";
import { DEFAULT_GROUPING, Grouping } from "./grouping.ts";
import { ImageId } from "./ids.ts";
import { ProjectRules } from "./keeper.ts";
import { Alignment, PictureDetails, SimilarImage, ThumbnailSide } from "./pictures.ts";
import { Plan, PlanChunk, PlanOutput, PlanRequest } from "./plan.ts";
import { Overview, ProjectInfo, RecentProject, SplitInspection } from "./project.ts";
import {
  ClusterCounts,
  Fallback,
  Report,
  ReportLeak,
  ReportSplit,
  ReportThreshold,
  Seconds,
  Unreadable,
} from "./report.ts";
import { RecognizedRoot } from "./root-layout.ts";
import { Device, ScanRequest, Split } from "./scan-request.ts";
import { FirstFinds, ScanState, STAGES, StartedScan } from "./scans.ts";
import { Threshold } from "./threshold.ts";

export const ScanEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("progress"),
    stage: z.enum(STAGES),
    /** Images processed (walk: files found; evidence: pairs), and their total, `null` while unknown. */
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
  /** Images decoded and embedded in this scan. The others were reused. */
  embedded: z.number().int(),
});
export type ScanResult = z.infer<typeof ScanResult>;

export const REPORT_OUTPUTS = ["json", "csv", "html", "keepList", "removeList"] as const;
export const ReportOutput = z.enum(REPORT_OUTPUTS);
export type ReportOutput = z.infer<typeof ReportOutput>;

export const ReportRequest = z.object({
  project: z.string(),
  threshold: Threshold.default({ strategy: "auto" }),
  grouping: Grouping.default(DEFAULT_GROUPING),
  /** Model outputs to report on; by default all that the last scan used. */
  modelOutputs: z.array(z.string()).default([]),
  /** Where each report is written: a file, or `-` for the caller. */
  outputs: z.partialRecord(ReportOutput, z.string()).default({}),
});
export type ReportRequest = z.input<typeof ReportRequest>;
export type ParsedReportRequest = z.output<typeof ReportRequest>;

/** A piece of a report. Names that are not UTF-8 are in the form of path-text.ts. */
export const TextChunk = z.object({ output: ReportOutput, text: z.string() });

/** A report's main figures. */
export const ReportSummary = z.object({
  splits: z.array(ReportSplit),
  threshold: ReportThreshold,
  ...ClusterCounts.shape,
  leaks: z.array(ReportLeak.omit({ byLabel: true, byKind: true })),
  /** Images that the rules would remove, but whose label differs from a direct copy's. They stay until the right label is chosen. */
  heldBack: z.number().int(),
  /** Pairs in clusters by kind of evidence. */
  kinds: z.record(z.string(), z.number().int()),
  /** The closest pair below the threshold if nothing was found. */
  closest: z.object({ similarity: z.number(), confidence: z.number() }).nullable(),
  unreadable: z.array(Unreadable),
  notCompared: Report.shape.notCompared,
  damaged: Report.shape.damaged,
  skipped: Report.shape.skipped,
  model: Report.shape.model
    .pick({ name: true, device: true, auto: true })
    .extend({ calibrated: z.boolean() }),
  neighbors: z.object({ k: z.number().int(), method: z.string(), recall: z.number() }),
  seconds: Seconds,
});
export type ReportSummary = z.infer<typeof ReportSummary>;

export const EXPORTS = ["embeddings", "neighbors", "images", "corrections"] as const;

export const ExportRequest = z.object({
  project: z.string(),
  what: z.enum(EXPORTS),
  /** Ends in `.npy`, `.parquet`, `.csv` or `.jsonl`. */
  out: z.string(),
  /** The model output to export; by default the first one that the last scan used. */
  modelOutput: z.string().optional(),
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
const ofProject = z.object({ project: z.string() });
const UndoRequest = ofProject.extend({
  /** Folders outside the data set that sidecars may be restored to. Absolute. */
  sidecarRoots: z.array(z.string().min(1)).default([]),
});
const ofImage = ofProject.extend({ image: ImageId });

/** The engine's procedures. */
export const contract = {
  /** Finds split folders (train, test, val) inside one root; if there are none, returns the root itself as `all`. */
  recognizeSplits: procedure.input(z.object({ root: z.string() })).output(RecognizedRoot),
  /** Counts the files that a scan of these folders would read. Gives a reason for each folder that cannot be scanned. */
  inspectSplits: procedure
    .input(z.object({ splits: z.array(Split) }))
    .output(z.array(SplitInspection)),
  scan: procedure.input(ScanRequest).output(eventIterator(ScanEvent, ScanResult)),
  report: procedure.input(ReportRequest).output(eventIterator(TextChunk, ReportSummary)),
  export: procedure
    .input(ExportRequest)
    .output(z.object({ files: z.array(z.string()), rows: z.number().int() })),
  /** Calibrates the confidence of a custom model on the user's own images. */
  calibrate: procedure.input(CalibrateRequest).output(eventIterator(ScanEvent, CalibrateResult)),
  /** Draws the demo data set into an empty folder. */
  demo: procedure
    .input(z.object({ out: z.string() }))
    .output(
      z.object({ splits: z.array(Split), images: z.number().int(), pairs: z.number().int() }),
    ),
  devices: procedure.output(z.array(DeviceStatus)),

  /** Scans that continue after the caller disconnects, for example when the page is reloaded. One per project at a time. */
  scans: {
    /** Returns the project's file and key immediately. */
    start: procedure.input(ScanRequest).output(StartedScan),
    /** Draws the demo data set into a new folder in the data folder and scans it. */
    startDemo: procedure.output(StartedScan),
    /** The current state of each scan, then every change, a few times a second at most. Never ends. */
    watch: procedure.output(eventIterator(z.array(ScanState))),
    pause: procedure.input(ofProject).output(z.object({})),
    resume: procedure.input(ofProject).output(z.object({})),
    /** Keeps the work done so far; the next scan continues from there. */
    cancel: procedure.input(ofProject).output(z.object({})),
    firstFinds: procedure.input(ofProject).output(FirstFinds),
  },

  project: {
    /** Projects opened or scanned before, latest first. */
    recent: procedure.output(z.array(RecentProject)),
    forget: procedure.input(ofProject).output(z.array(RecentProject)),
    open: procedure.input(ofProject).output(ProjectInfo),
    overview: procedure.input(Cut).output(Overview),
    /** Confirms that a root with folders named like splits is one split, so that keeper rules may decide in it. */
    confirmOneSplit: procedure.input(ofProject).output(z.object({})),
  },

  review: {
    figures: procedure.input(Cut).output(CutFigures),
    histogram: procedure
      .input(Cut.omit({ threshold: true, grouping: true }).extend({ column: PairColumn }))
      .output(PairHistogram),
    clusters: procedure
      .input(
        Cut.extend({
          filter: ClusterFilter.default(ClusterFilter.parse({})),
          sort: ClusterSort.default("leaks"),
          offset: z.number().int().min(0),
          limit: z.number().int().min(0).max(500),
          /** Also returns the index of the cluster that contains this image. */
          locate: ImageId.optional(),
        }),
      )
      .output(ClusterPage),
    /** `null` if the image is in no cluster at this cut. */
    cluster: procedure.input(ClusterOf).output(ClusterDetail.nullable()),
  },

  decisions: {
    state: procedure.input(ofProject).output(DecisionState),
    /** Like `undo` and `redo`, takes a cut, which determines whether a decision left part of a cluster open. */
    decide: procedure.input(Cut.extend({ decision: Decision })).output(DecisionState),
    /** Refused while the last removal is newer than the decision: its files are put back first, with `apply.undo`. */
    undo: procedure.input(Cut).output(DecisionState),
    redo: procedure.input(Cut).output(DecisionState),
    /** All decisions as a JSON file; see DecisionsFile. */
    file: procedure.input(ofProject).output(z.instanceof(Blob)),
    /** Writes all decisions to a file. */
    export: procedure
      .input(ofProject.extend({ out: z.string() }))
      .output(z.object({ decisions: z.number().int() })),
    /** Imports decisions from a file as a single step for undo. */
    import: procedure
      .input(
        ofProject.extend({
          file: z.instanceof(Blob),
          /** Whether the file's decisions replace conflicting ones in this project. */
          replace: z.boolean().default(false),
        }),
      )
      .output(DecisionsImport),
    /** Images whose right label differs from their current one, in the form of the corrections export to `.csv`. */
    corrections: procedure.input(ofProject).output(z.instanceof(Blob)),
  },

  /** Which copy a project keeps. The rules do not mark anything; decisions and plans apply them. */
  keeper: {
    rules: procedure.input(ofProject).output(ProjectRules),
    setRules: procedure.input(ofProject.extend(ProjectRules.shape)).output(ProjectRules),
  },

  /** What would be removed, and what the data set would then contain. Does not change any file. */
  plan: {
    make: procedure.input(PlanRequest).output(Plan),
    /** Makes the plan and writes it. */
    write: procedure
      .input(
        PlanRequest.extend({
          /** Where each output is written: a file, or `-` for the caller. */
          outputs: z.partialRecord(PlanOutput, z.string()).default({}),
        }),
      )
      .output(eventIterator(PlanChunk, Plan)),
  },

  /** Carries out a plan or undoes it. One per project at a time. */
  apply: {
    run: procedure.input(ApplyRequest).output(eventIterator(ApplyEvent, ApplyCounts)),
    /** The host's reply to a `trash` event. */
    trashed: procedure
      .input(
        z.object({
          ticket: z.number().int(),
          /** Why the file could not be moved; `null` if it was. */
          reason: z.string().nullable(),
        }),
      )
      .output(z.object({})),
    /** Undoes the last removal. */
    undo: procedure.input(UndoRequest).output(
      eventIterator(
        ApplyResult,
        ApplyCounts.extend({
          /** Whether the project was scanned since, in which case another scan is needed to find the restored files. */
          rescan: z.boolean(),
        }),
      ),
    ),
    /** Builds a copy of the data set without what the plan removes. The original files do not change, and `undo` does not apply. */
    copy: procedure.input(CopyRequest).output(eventIterator(CopyEvent, CopyCounts)),
    /** The removal that `undo` would undo; `null` if there is none. */
    last: procedure.input(ofProject).output(AppliedStep.nullable()),
  },

  pictures: {
    thumbnail: procedure.input(ofImage.extend({ side: ThumbnailSide })).output(z.instanceof(Blob)),
    /** The full-size image, upright, in a format that every browser can show. */
    full: procedure.input(ofImage).output(z.instanceof(Blob)),
    details: procedure
      .input(ofProject.extend({ images: z.array(ImageId).min(1).max(64) }))
      .output(z.array(PictureDetails)),
    /** How each of `images` lines up with `on`, computed from data that the scan stored, without reading files. */
    alignment: procedure
      .input(ofProject.extend({ on: ImageId, images: z.array(ImageId).min(1).max(64) }))
      .output(z.array(Alignment)),
  },

  similar: {
    /** The images nearest to one in the project, nearest first, without the image itself. */
    toImage: procedure
      .input(
        ofImage.extend({ modelOutput: z.string().optional(), limit: z.number().int().max(500) }),
      )
      .output(z.array(SimilarImage)),
    /** The images nearest to one from outside the project, nearest first. */
    toPicture: procedure
      .input(
        ofProject.extend({
          picture: z.instanceof(Blob),
          modelOutput: z.string().optional(),
          limit: z.number().int().max(500),
        }),
      )
      .output(z.array(SimilarImage)),
  },
};
