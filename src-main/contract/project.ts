import { z } from "zod";
import { EvidenceKind } from "./evidence-kind.ts";
import { ClusterCounts, Report, ReportLeak, ReportSplit, Seconds } from "./report.ts";
import { ScanRequest } from "./scan-request.ts";

/** A project that was opened or scanned before. */
export const RecentProject = z.object({
  project: z.string(),
  /** Stable short name of the project for addresses of pictures: hexadecimal digits. */
  key: z.string(),
  name: z.string(),
  splits: z.array(z.object({ name: z.string(), root: z.string() })),
  images: z.number().int(),
  /** The scan to go on with, when the last one was cut off. */
  unfinished: ScanRequest.nullable(),
  /** When it was opened or scanned last, in milliseconds since 1970. */
  openedAt: z.number(),
  /** Whether the file is there now. */
  present: z.boolean(),
});
export type RecentProject = z.infer<typeof RecentProject>;

/** What does not change while a project is open. */
export const ProjectInfo = z.object({
  project: z.string(),
  key: z.string(),
  name: z.string(),
  splits: z.array(
    ReportSplit.extend({
      protected: z.boolean(),
      /** Whether its folder is there now. */
      present: z.boolean(),
    }),
  ),
  /** Labels of all splits, in the order of their code points. */
  labels: z.array(z.string()),
  modelOutputs: z.array(z.string()),
  model: Report.shape.model.extend({ calibrated: z.boolean() }),
  neighbors: Report.shape.neighbors,
  seconds: Seconds.omit({ clusters: true }),
  /** What its last scan was asked for, to scan it again; `null` where an earlier version scanned it. */
  request: ScanRequest.nullable(),
});
export type ProjectInfo = z.output<typeof ProjectInfo>;

/** A sentence in pieces, so that split names can be shown in their color. */
export const Sentence = z.array(z.union([z.string(), z.object({ split: z.string() })])).readonly();
export type Sentence = z.infer<typeof Sentence>;

/** The first screen: the same figures as a report's, by the same names. */
export const Overview = Report.pick({
  splits: true,
  threshold: true,
  balance: true,
  balanceAfter: true,
  imbalance: true,
  unlabeled: true,
  unreadable: true,
}).extend({
  leaks: z.array(ReportLeak.omit({ byKind: true })),
  ...ClusterCounts.shape,
  /** One sentence, or one per split that leaks. */
  headline: z.array(Sentence).min(1),
  /** Per split: images, those that look different to the model, and images that stand in a cluster. */
  bySplit: z.record(
    z.string(),
    z.object({
      images: z.number().int(),
      distinct: z.number().int(),
      duplicates: z.number().int(),
    }),
  ),
  /** Pairs in clusters by kind and by where they are: within one split or across two. */
  kinds: z.array(
    z.object({ kind: EvidenceKind, within: z.number().int(), across: z.number().int() }),
  ),
});
export type Overview = z.infer<typeof Overview>;

/** What a folder would be scanned as. */
export const SplitInspection = z.object({
  name: z.string(),
  root: z.string(),
  /** Files whose names end like an image's; their content is looked at when scanning. */
  images: z.number().int(),
  classes: z.array(z.string()),
  /** Why it can't be scanned; `null` when it can. */
  problem: z.string().nullable(),
});
export type SplitInspection = z.infer<typeof SplitInspection>;
