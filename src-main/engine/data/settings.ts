import { z } from "zod";
import { DEFAULT_PROJECT_RULES, ProjectRules } from "../../contract/keeper.ts";
import { ModelManifest } from "../../contract/model-manifest.ts";
import { Fallback, Seconds } from "../../contract/report.ts";
import { type ParsedScanRequest, ScanRequest, Split } from "../../contract/scan-request.ts";
import type { Project } from "./project-file.ts";

/** The device that embeddings were made on, and those that were tried before it and why they were not used. */
export const DeviceRecord = z.object({
  device: z.string(),
  fallbacks: z.array(Fallback),
});
export type DeviceRecord = z.infer<typeof DeviceRecord>;

/** What the last complete scan compared, and how: all that a report needs besides the images themselves. */
export const ScanRecord = z.object({
  /** Digest of everything that the stored neighbors hang on; another one means that they must be searched again. */
  key: z.string(),
  model: z.object({
    manifest: ModelManifest,
    sha256: z.string(),
    /** Absolute path of the ONNX file at that time; earlier versions did not note it. */
    file: z.string().optional(),
    ...DeviceRecord.shape,
  }),
  splits: z.array(Split),
  modelOutputs: z.array(z.string()).min(1),
  preset: z.enum(["dnikit"]).nullable(),
  pca: z.number().int().nullable(),
  neighbors: z.object({
    k: z.number().int(),
    method: z.enum(["exact", "approximate"]),
    recall: z.number(),
  }),
  seconds: Seconds.omit({ clusters: true }),
});
export type ScanRecord = z.infer<typeof ScanRecord>;

/** Earlier versions called a model's outputs responses. */
function withModelOutputs(stored: unknown): unknown {
  if (typeof stored !== "object" || stored === null || !("responses" in stored)) return stored;
  const { responses, ...rest } = stored;
  return { modelOutputs: responses, ...rest };
}

const SCAN_REQUEST = "scan request";

/** What the last scan was asked for, whether or not it went through; `null` where another version wrote it. */
export function readScanRequest(project: Project): ParsedScanRequest | null {
  return ScanRequest.safeParse(withModelOutputs(readSetting(project, SCAN_REQUEST))).data ?? null;
}

export function writeScanRequest(project: Project, request: ParsedScanRequest): void {
  writeSetting(project, SCAN_REQUEST, request);
}

const SCAN_RECORD = "scan";

/** The record of the last complete scan; `null` when there is none, a later one was not finished, or another version wrote it. */
export function readScanRecord(project: Project): ScanRecord | null {
  return ScanRecord.safeParse(withModelOutputs(readSetting(project, SCAN_RECORD))).data ?? null;
}

export function writeScanRecord(project: Project, record: ScanRecord): void {
  writeSetting(project, SCAN_RECORD, record);
}

/** The stored neighbors are about to be out of date: until the scan is through, there is nothing to report. */
export function forgetScanRecord(project: Project): void {
  project.database.prepare("DELETE FROM settings WHERE name = ?").run(SCAN_RECORD);
}

/** The device of a model's embeddings; it is noted before the first of them is stored, so that a resumed scan knows it. */
export function readDeviceRecord(project: Project, modelSha256: string): DeviceRecord {
  const value = readSetting(project, `device ${modelSha256}`);
  // A project without any image never opened a device.
  return value === undefined ? { device: "cpu", fallbacks: [] } : DeviceRecord.parse(value);
}

export function writeDeviceRecord(
  project: Project,
  modelSha256: string,
  device: DeviceRecord,
): void {
  writeSetting(project, `device ${modelSha256}`, device);
}

/** Numbers of changes that were made to a project's decisions, so that who keeps them in memory sees when they are old. */
export interface DecisionsRevision {
  readonly decisions: number;
  /** Those among them that changed what counts as a duplicate, and so the clusters. */
  readonly rejections: number;
}

const DECISIONS_REVISION = "decisions revision";
const StoredRevision = z.object({ decisions: z.number().int(), rejections: z.number().int() });

export function readDecisionsRevision(project: Project): DecisionsRevision {
  const stored = StoredRevision.safeParse(readSetting(project, DECISIONS_REVISION));
  return stored.data ?? { decisions: 0, rejections: 0 };
}

export function writeDecisionsRevision(project: Project, revision: DecisionsRevision): void {
  writeSetting(project, DECISIONS_REVISION, revision);
}

const decodeVersion = (modelSha256: string) => `decode version ${modelSha256}`;

/** The version of the decoding that a model's embeddings come from; 1 in projects from before it was noted. */
export function readDecodeVersion(project: Project, modelSha256: string): number {
  return z.number().safeParse(readSetting(project, decodeVersion(modelSha256))).data ?? 1;
}

export function writeDecodeVersion(project: Project, modelSha256: string, version: number): void {
  writeSetting(project, decodeVersion(modelSha256), version);
}

const PROJECT_RULES = "keeper rules";

/** What the project keeps by: the default until somebody chose, or where another version wrote it. */
export function readProjectRules(project: Project): ProjectRules {
  return ProjectRules.safeParse(readSetting(project, PROJECT_RULES)).data ?? DEFAULT_PROJECT_RULES;
}

export function writeProjectRules(project: Project, rules: ProjectRules): void {
  writeSetting(project, PROJECT_RULES, rules);
}

function readSetting(project: Project, name: string): unknown {
  const value = project.database
    .prepare<[string], string>("SELECT value FROM settings WHERE name = ?")
    .pluck()
    .get(name);
  return value === undefined ? undefined : JSON.parse(value);
}

function writeSetting(project: Project, name: string, value: unknown): void {
  project.database
    .prepare("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)")
    .run(name, JSON.stringify(value));
}
