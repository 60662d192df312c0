import type { ScanEvent } from "../../contract/contract.ts";
import type { Unreadable } from "../../contract/report.ts";
import type { ParsedScanRequest } from "../../contract/scan-request.ts";
import type { Project } from "../data/project-file.ts";
import type { LoadedModel, ModelOutput } from "./embed/manifest.ts";
import type { PauseGate } from "./pause-gate.ts";

/** A request with its defaults filled in and its project file set. */
export type ScanOrder = ParsedScanRequest & { readonly project: string };

export interface ScanContext {
  /** Folder for data that outlives a scan and belongs to no project. */
  readonly dataFolder: string;
  readonly signal: AbortSignal;
  readonly emit: (event: ScanEvent) => void;
  /** The scan waits here while it is paused. */
  readonly gate: PauseGate;
  /** Called once for each file or folder that cannot be read. */
  readonly onUnreadable?: (file: Unreadable) => void;
}

/** A model output and its id in the project. */
export type StoredOutput = ModelOutput & { readonly id: number };

/** What every stage of a running scan needs. */
export interface ScanRun extends ScanContext {
  readonly order: ScanOrder;
  readonly project: Project;
  readonly model: LoadedModel;
  readonly modelOutputs: readonly StoredOutput[];
  readonly threads: number;
}
