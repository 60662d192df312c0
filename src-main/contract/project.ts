import { z } from "zod";
import { EvidenceKind } from "./evidence-kind.ts";
import { ClusterCounts, Report, ReportLeak, ReportSplit, Seconds } from "./report.ts";
import { ScanRequest } from "./scan-request.ts";

/** A project that was opened or scanned before. */
export const RecentProject = z.object({
  project: z.string(),
  /** Short stable id for the project's image URLs, in hexadecimal digits. */
  key: z.string(),
  name: z.string(),
  splits: z.array(z.object({ name: z.string(), root: z.string() })),
  images: z.number().int(),
  /** The scan to resume if the last one was interrupted. */
  unfinished: ScanRequest.nullable(),
  /** When it was last opened or scanned, in milliseconds since 1970. */
  openedAt: z.number(),
  /** Whether the file exists. */
  present: z.boolean(),
});
export type RecentProject = z.infer<typeof RecentProject>;

/** Data that does not change while a project is open. */
export const ProjectInfo = z.object({
  project: z.string(),
  key: z.string(),
  name: z.string(),
  splits: z.array(
    ReportSplit.extend({
      protected: z.boolean(),
      /** Whether its folder exists. */
      present: z.boolean(),
    }),
  ),
  /** Labels in all splits, sorted by code points. */
  labels: z.array(z.string()),
  modelOutputs: z.array(z.string()),
  model: Report.shape.model.extend({ calibrated: z.boolean() }),
  neighbors: Report.shape.neighbors,
  seconds: Seconds.omit({ clusters: true }),
  /** The last scan's request, for scanning again; `null` if an earlier version made the scan. */
  request: ScanRequest.nullable(),
});
export type ProjectInfo = z.output<typeof ProjectInfo>;

/** A sentence in pieces. Split names are separate so that they can be shown in their colors. */
export const Sentence = z.array(z.union([z.string(), z.object({ split: z.string() })])).readonly();
export type Sentence = z.infer<typeof Sentence>;

/** The data for the overview screen. Figures have the same names and values as in a report. */
export const Overview = Report.pick({
  splits: true,
  threshold: true,
  balance: true,
  balanceAfter: true,
  imbalance: true,
  unlabeled: true,
  unreadable: true,
  notCompared: true,
  damaged: true,
  skipped: true,
}).extend({
  leaks: z.array(ReportLeak.omit({ byKind: true })),
  ...ClusterCounts.shape,
  /** Whether a root with folders named like splits was scanned as one split, and nobody confirmed that. */
  unconfirmed: z.boolean(),
  /** One sentence, or one per split that leaks. */
  headline: z.array(Sentence).min(1),
  /** Per split: images, images with only one kept per cluster, and images that are in a cluster. */
  bySplit: z.record(
    z.string(),
    z.object({
      images: z.number().int(),
      distinct: z.number().int(),
      duplicates: z.number().int(),
    }),
  ),
  /** Pairs in clusters by kind, and by whether they are within one split or across two. */
  kinds: z.array(
    z.object({ kind: EvidenceKind, within: z.number().int(), across: z.number().int() }),
  ),
});
export type Overview = z.infer<typeof Overview>;

/** What a scan of a folder would find. */
export const SplitInspection = z.object({
  name: z.string(),
  root: z.string(),
  folders: z.array(z.string()).optional(),
  /** Files with an image's extension. Only scanning checks their content. */
  images: z.number().int(),
  classes: z.array(z.string()),
  /** Why it cannot be scanned; `null` if it can. */
  problem: z.string().nullable(),
});
export type SplitInspection = z.infer<typeof SplitInspection>;
