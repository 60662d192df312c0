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
  /** Called when it went through. */
  readonly onDone: (result: ScanResult) => void;
  /** Done before the scan, such as drawing what is to be scanned. */
  readonly prepare?: (signal: AbortSignal) => Promise<void>;
}

/** A scan that runs whether or not somebody looks at it. */
export class BackgroundScan {
  readonly firstFinds: FirstFindsSearch;
  /** Resolves when it has ended, however it did. */
  readonly ended: Promise<void>;
  readonly #order: ParsedScanRequest & { readonly project: string };
  readonly #onChange: () => void;
  readonly #onDone: BackgroundScanOptions["onDone"];
  readonly #gate = new PauseGate();
  readonly #stop = new AbortController();
  readonly #progress = new ScanProgress(this.#gate.now);
  #status: ScanState["status"] = "running";
  #error: ScanState["error"] = null;

  /** Starts at once. */
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

  /** Resolves when the scan has let go of its project. */
  cancel(): Promise<void> {
    this.#stop.abort();
    // Who waits at the gate must come to see that it is over.
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
        this.#error = inWords(fromSqliteError(cause, this.project));
      }
    }
    this.#gate.resume();
    this.#progress.end(this.#status === "done");
    this.firstFinds.end();
    this.#onChange();
  }
}

/** One line for the person; a fault of the program at least keeps its own words. */
function inWords(cause: unknown): { code: string; message: string } {
  if (cause instanceof EngineError) return { code: cause.code, message: cause.message };
  const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return { code: "INTERNAL_SERVER_ERROR", message: message.split("\n", 1)[0] ?? message };
}
