import type { ScanResult } from "../../../contract/contract.ts";
import { EngineError } from "../../../contract/errors.ts";
import type { ParsedScanRequest } from "../../../contract/scan-request.ts";
import type { ScanState } from "../../../contract/scans.ts";
import { fromSqliteError } from "../../data/project-file.ts";
import { projectKey, projectName } from "../../data/project-name.ts";
import { PauseGate } from "../../scan/pause-gate.ts";
import { scan } from "../../scan/scan.ts";
import type { ScanContext, ScanOrder } from "../../scan/scan-run.ts";
import { FirstFindsSearch } from "./first-finds.ts";
import { ScanProgress } from "./scan-progress.ts";

export interface BackgroundScanOptions {
  readonly dataFolder: string;
  /** Called whenever the state may have changed. */
  readonly onChange: () => void;
  /** Called when the scan finished successfully. */
  readonly onDone: (result: ScanResult) => void;
  /** Runs before the scan, for example to create the images. */
  readonly prepare?: (signal: AbortSignal) => Promise<void>;
}

/** A scan that runs independently of its callers. */
export class BackgroundScan {
  readonly firstFinds: FirstFindsSearch;
  /** Resolves when the scan has ended: done, failed or cancelled. */
  readonly ended: Promise<void>;
  readonly #order: ParsedScanRequest & { readonly project: string };
  readonly #onChange: () => void;
  readonly #onDone: BackgroundScanOptions["onDone"];
  readonly #gate = new PauseGate();
  readonly #stop = new AbortController();
  readonly #progress = new ScanProgress(this.#gate.now);
  #status: ScanState["status"] = "running";
  #error: ScanState["error"] = null;

  /** Starts immediately. */
  constructor(order: ScanOrder, { dataFolder, onChange, onDone, prepare }: BackgroundScanOptions) {
    this.#order = order;
    this.#onDone = onDone;
    this.#onChange = onChange;
    this.firstFinds = new FirstFindsSearch(order, this.#gate);
    const context: ScanContext = {
      dataFolder,
      signal: this.#stop.signal,
      gate: this.#gate,
      emit: (event) => {
        this.#progress.take(event);
        onChange();
      },
      onUnreadable: (file) => {
        this.#progress.takeUnreadable(file);
        onChange();
      },
    };
    this.ended = this.#run(order, context, prepare);
  }

  get project(): string {
    return this.#order.project;
  }

  get isUnderWay(): boolean {
    return this.#status === "running" || this.#status === "paused";
  }

  pause(): void {
    if (!this.isUnderWay) return;
    this.#gate.pause();
    this.#status = "paused";
    this.#onChange();
  }

  resume(): void {
    if (this.#status !== "paused") return;
    this.#gate.resume();
    this.#status = "running";
    this.#onChange();
  }

  /** Resolves when the scan has closed its project. */
  cancel(): Promise<void> {
    this.#stop.abort();
    // A paused scan must wake up to see that it is cancelled.
    this.#gate.resume();
    return this.ended;
  }

  state(): ScanState {
    const { project, splits } = this.#order;
    return {
      project,
      key: projectKey(project),
      name: projectName(splits),
      splits: splits.map(({ name, root }) => ({ name, root })),
      request: this.#order,
      status: this.#status,
      error: this.#error,
      ...this.#progress.state(),
    };
  }

  async #run(
    order: ScanOrder,
    context: ScanContext,
    prepare: BackgroundScanOptions["prepare"],
  ): Promise<void> {
    try {
      await prepare?.(this.#stop.signal);
      this.#stop.signal.throwIfAborted();
      this.#onDone(await scan(order, context));
      this.#status = "done";
    } catch (cause) {
      if (this.#stop.signal.aborted) this.#status = "cancelled";
      else {
        this.#status = "failed";
        this.#error = errorState(fromSqliteError(cause, this.project));
      }
    }
    this.#gate.resume();
    this.#progress.end(this.#status === "done");
    this.firstFinds.end();
    this.#onChange();
  }
}

/** A one-line message for the person; an unexpected error keeps its own message. */
function errorState(cause: unknown): { code: string; message: string } {
  if (cause instanceof EngineError) return { code: cause.code, message: cause.message };
  const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return { code: "INTERNAL_SERVER_ERROR", message: message.split("\n", 1)[0] ?? message };
}
