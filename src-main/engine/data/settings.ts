import { z } from "zod";
import { DEFAULT_PROJECT_RULES, ProjectRules } from "../../contract/keeper.ts";
import { ModelManifest } from "../../contract/model-manifest.ts";
import { Fallback, Seconds } from "../../contract/report.ts";
import { RootSurvey } from "../../contract/root-layout.ts";
import { type ParsedScanRequest, ScanRequest, Split } from "../../contract/scan-request.ts";
import { damagedProject } from "./damage.ts";
import type { Project } from "./project-file.ts";

/** The device that computed the embeddings, and the devices that failed before it, with reasons. */
export const DeviceRecord = z.object({
  device: z.string(),
  fallbacks: z.array(Fallback),
});
export type DeviceRecord = z.infer<typeof DeviceRecord>;

/** What the last complete scan compared, and how: everything a report needs besides the images. */
export const ScanRecord = z.object({
  /** Digest of everything that the stored neighbors depend on. If it changes, they must be searched again. */
  key: z.string(),
  model: z.object({
    manifest: ModelManifest,
    sha256: z.string(),
    /** Absolute path of the ONNX file at that time; earlier versions did not store it. */
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

/** Earlier versions called model outputs "responses". */
function withModelOutputs(stored: unknown): unknown {
  if (typeof stored !== "object" || stored === null || !("responses" in stored)) return stored;
  const { responses, ...rest } = stored;
  return { modelOutputs: responses, ...rest };
}

const SCAN_REQUEST = "scan request";

/** The request of the last scan, finished or not; `null` if this version cannot read it. */
export function readScanRequest(project: Project): ParsedScanRequest | null {
  return ScanRequest.safeParse(withModelOutputs(readSetting(project, SCAN_REQUEST))).data ?? null;
}

export function writeScanRequest(project: Project, request: ParsedScanRequest): void {
  writeSetting(project, SCAN_REQUEST, request);
}

const SCAN_RECORD = "scan";

/** The record of the last complete scan; `null` if there is none, its images must be read again, or this version cannot read it. */
export function readScanRecord(project: Project): ScanRecord | null {
  return ScanRecord.safeParse(withModelOutputs(readSetting(project, SCAN_RECORD))).data ?? null;
}

export function writeScanRecord(project: Project, record: ScanRecord): void {
  writeSetting(project, SCAN_RECORD, record);
}

/** Call it before what another version stored of images is deleted: no report can be made until the scan has finished. */
export function forgetScanRecord(project: Project): void {
  project.database.prepare("DELETE FROM settings WHERE name = ?").run(SCAN_RECORD);
}

/** The device of a model's embeddings. It is stored before the first embedding, so a resumed scan knows it. */
export function readDeviceRecord(project: Project, modelSha256: string): DeviceRecord {
  const value = readSetting(project, `device ${modelSha256}`);
  // A project without images never opened a device.
  return DeviceRecord.safeParse(value).data ?? { device: "cpu", fallbacks: [] };
}

export function writeDeviceRecord(
  project: Project,
  modelSha256: string,
  device: DeviceRecord,
): void {
  writeSetting(project, `device ${modelSha256}`, device);
}

/** Counts the changes to a project's decisions. A cache is outdated when the count differs. */
export interface DecisionsRevision {
  readonly decisions: number;
  /** The changes that added or removed a rejected pair, and therefore changed clusters. */
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

/** The decoder version that a model's embeddings were made with; 1 in projects that do not store it. */
export function readDecodeVersion(project: Project, modelSha256: string): number {
  return z.number().safeParse(readSetting(project, decodeVersion(modelSha256))).data ?? 1;
}

export function writeDecodeVersion(project: Project, modelSha256: string, version: number): void {
  writeSetting(project, decodeVersion(modelSha256), version);
}

const NODE_VERSION = "node version";

/** How contents form nodes (nodes.ts); 1 in projects that do not store it. */
export function readNodeVersion(project: Project): number {
  return z.number().safeParse(readSetting(project, NODE_VERSION)).data ?? 1;
}

export function writeNodeVersion(project: Project, version: number): void {
  writeSetting(project, NODE_VERSION, version);
}

const ROOT_LAYOUT = "root layout";

/** What the last scan found in the roots besides its splits. */
export const RootLayout = z.object({
  ...RootSurvey.shape,
  /** Whether a person confirmed that a root with folders named like splits is one split. */
  oneSplit: z.boolean(),
});
export type RootLayout = z.infer<typeof RootLayout>;

/** The layout of the last scan's roots; an empty one if it named its splits, or an earlier version made it. */
export function readRootLayout(project: Project): RootLayout {
  const stored = RootLayout.safeParse(readSetting(project, ROOT_LAYOUT));
  return stored.data ?? { unused: [], splitLike: [], oneSplit: false };
}

export function writeRootLayout(project: Project, layout: RootLayout): void {
  writeSetting(project, ROOT_LAYOUT, layout);
}

const PROJECT_RULES = "keeper rules";

/** The project's keeper rules; the default rules if none are stored or this version cannot read them. */
export function readProjectRules(project: Project): ProjectRules {
  return ProjectRules.safeParse(readSetting(project, PROJECT_RULES)).data ?? DEFAULT_PROJECT_RULES;
}

export function writeProjectRules(project: Project, rules: ProjectRules): void {
  writeSetting(project, PROJECT_RULES, rules);
}

/** A scan's record has at most a few hundred KB, with a manifest that describes its training. */
const MOST_SETTING_CHARACTERS = 16 * 1024 ** 2;

/** @throws EngineError PROJECT_INVALID */
function readSetting(project: Project, name: string): unknown {
  const row = project.database
    .prepare<[number, string], { value: string | null }>(
      "SELECT CASE WHEN length(value) <= ? THEN value END AS value FROM settings WHERE name = ?",
    )
    .get(MOST_SETTING_CHARACTERS, name);
  if (row === undefined) return undefined;
  try {
    if (row.value !== null) return JSON.parse(row.value);
  } catch {}
  throw damagedProject(project.file);
}

function writeSetting(project: Project, name: string, value: unknown): void {
  project.database
    .prepare("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)")
    .run(name, JSON.stringify(value));
}
