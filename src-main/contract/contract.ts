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
import { Device, ScanRequest, Split } from "./scan-request.ts";
import { FirstFinds, ScanState, STAGES, StartedScan } from "./scans.ts";
import { Threshold } from "./threshold.ts";

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

export const ReportRequest = z.object({
  project: z.string(),
  threshold: Threshold.default({ strategy: "auto" }),
  grouping: Grouping.default(DEFAULT_GROUPING),
  /** Responses to report on; by default all that the last scan compared by. */
  modelOutputs: z.array(z.string()).default([]),
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
  ...ClusterCounts.shape,
  leaks: z.array(ReportLeak.omit({ byLabel: true, byKind: true })),
  /** Pairs in clusters by kind of evidence. */
  kinds: z.record(z.string(), z.number().int()),
  /** The closest pair below the threshold, when nothing was found. */
  closest: z.object({ similarity: z.number(), confidence: z.number() }).nullable(),
  unreadable: z.array(Unreadable),
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
  /** The model output to export; by default the first that the last scan compared by. */
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
const ofImage = ofProject.extend({ image: ImageId });

/** Everything that a host can ask of the engine. */
export const contract = {
  /** Finds split folders (train, test, val) inside one root; the root itself as `all` when there are none. */
  recognizeSplits: procedure.input(z.object({ root: z.string() })).output(z.array(Split)),
  /** Counts what a scan of these folders would look at; a folder that can't be is told with its reason. */
  inspectSplits: procedure
    .input(z.object({ splits: z.array(Split) }))
    .output(z.array(SplitInspection)),
  scan: procedure.input(ScanRequest).output(eventIterator(ScanEvent, ScanResult)),
  report: procedure.input(ReportRequest).output(eventIterator(TextChunk, ReportSummary)),
  export: procedure
    .input(ExportRequest)
    .output(z.object({ files: z.array(z.string()), rows: z.number().int() })),
  /** Fits the confidence of another model than the bundled one on a person's own images. */
  calibrate: procedure.input(CalibrateRequest).output(eventIterator(ScanEvent, CalibrateResult)),
  /** Draws the demo data set into an empty folder. */
  demo: procedure
    .input(z.object({ out: z.string() }))
    .output(
      z.object({ splits: z.array(Split), images: z.number().int(), pairs: z.number().int() }),
    ),
  devices: procedure.output(z.array(DeviceStatus)),

  /** Scans that outlive who asked for them: a page may be reloaded meanwhile. One per project at a time. */
  scans: {
    /** @returns the project's file and key, at once. */
    start: procedure.input(ScanRequest).output(StartedScan),
    /** Draws the demo data set into a new folder of the program's own and scans it. */
    startDemo: procedure.output(StartedScan),
    /** The state of each scan of this engine now, then every change, a few times a second at most. Never ends. */
    watch: procedure.output(eventIterator(z.array(ScanState))),
    pause: procedure.input(ofProject).output(z.object({})),
    resume: procedure.input(ofProject).output(z.object({})),
    /** What was done is kept; the next scan goes on from there. */
    cancel: procedure.input(ofProject).output(z.object({})),
    firstFinds: procedure.input(ofProject).output(FirstFinds),
  },

  project: {
    /** Projects opened or scanned before, latest first. */
    recent: procedure.output(z.array(RecentProject)),
    forget: procedure.input(ofProject).output(z.array(RecentProject)),
    open: procedure.input(ofProject).output(ProjectInfo),
    overview: procedure.input(Cut).output(Overview),
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
          /** Tells the place of the cluster that holds this image. */
          locate: ImageId.optional(),
        }),
      )
      .output(ClusterPage),
    /** `null` when the image stands in no cluster at this cut. */
    cluster: procedure.input(ClusterOf).output(ClusterDetail.nullable()),
  },

  decisions: {
    state: procedure.input(ofProject).output(DecisionState),
    /** At a cut, as the other two: it says whether a decision left anything of a cluster open. */
    decide: procedure.input(Cut.extend({ decision: Decision })).output(DecisionState),
    undo: procedure.input(Cut).output(DecisionState),
    redo: procedure.input(Cut).output(DecisionState),
    /** All that was decided, as a file: JSON, see DecisionsFile. */
    file: procedure.input(ofProject).output(z.instanceof(Blob)),
    /** Writes that file. */
    export: procedure
      .input(ofProject.extend({ out: z.string() }))
      .output(z.object({ decisions: z.number().int() })),
    /** Takes decisions over from such a file, in one step that undo takes back. */
    import: procedure
      .input(
        ofProject.extend({
          file: z.instanceof(Blob),
          /** Whether the file's decisions win over other ones taken here. */
          replace: z.boolean().default(false),
        }),
      )
      .output(DecisionsImport),
    /** Images whose right label is another than the one they bear, as the export of corrections to `.csv`. */
    corrections: procedure.input(ofProject).output(z.instanceof(Blob)),
  },

  /** Which copy a project keeps. The rules mark nothing by themselves: decisions and plans ask them. */
  keeper: {
    rules: procedure.input(ofProject).output(ProjectRules),
    setRules: procedure.input(ofProject.extend(ProjectRules.shape)).output(ProjectRules),
  },

  /** What would be removed, and what the data set would come to; no file is changed. */
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

  /** Carrying a plan out, and taking it back. One per project at a time. */
  apply: {
    run: procedure.input(ApplyRequest).output(eventIterator(ApplyEvent, ApplyCounts)),
    /** The host's answer to an event of type `trash`. */
    trashed: procedure
      .input(
        z.object({
          ticket: z.number().int(),
          /** Why the file stayed; `null` when it has gone. */
          reason: z.string().nullable(),
        }),
      )
      .output(z.object({})),
    /** Takes the last apply back. */
    undo: procedure.input(ofProject).output(
      eventIterator(
        ApplyResult,
        ApplyCounts.extend({
          /** Whether the project was scanned since, so that only another scan will find what is back. */
          rescan: z.boolean(),
        }),
      ),
    ),
    /** Touches nothing: builds a copy of the data set that is without what the plan removes. No `undo` is needed, or knows of it. */
    copy: procedure.input(CopyRequest).output(eventIterator(CopyEvent, CopyCounts)),
    /** What `undo` would take back; `null` for nothing. */
    last: procedure.input(ofProject).output(AppliedStep.nullable()),
  },

  pictures: {
    thumbnail: procedure.input(ofImage.extend({ side: ThumbnailSide })).output(z.instanceof(Blob)),
    /** The whole picture, upright, in a format that every browser shows. */
    full: procedure.input(ofImage).output(z.instanceof(Blob)),
    details: procedure
      .input(ofProject.extend({ images: z.array(ImageId).min(1).max(64) }))
      .output(z.array(PictureDetails)),
    /** How each of `images` is laid on `on`, from what the scan kept of them: no file is read. */
    alignment: procedure
      .input(ofProject.extend({ on: ImageId, images: z.array(ImageId).min(1).max(64) }))
      .output(z.array(Alignment)),
  },

  similar: {
    /** The images nearest to one of the project, nearest first, itself left out. */
    toImage: procedure
      .input(
        ofImage.extend({ modelOutput: z.string().optional(), limit: z.number().int().max(500) }),
      )
      .output(z.array(SimilarImage)),
    /** The images nearest to one from outside. */
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
