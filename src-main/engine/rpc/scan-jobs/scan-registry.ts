import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { EngineError } from "../../../contract/errors.ts";
import type { ParsedScanRequest } from "../../../contract/scan-request.ts";
import { ScanRequest } from "../../../contract/scan-request.ts";
import type { FirstFinds, ScanState, StartedScan } from "../../../contract/scans.ts";
import { SPLIT_ORDER } from "../../../text/splits.ts";
import { defaultProjectFile } from "../../data/default-project.ts";
import { projectKey } from "../../data/project-name.ts";
import { makeDemo } from "../../demo/demo.ts";
import { systemErrorCode, systemErrorReason } from "../../files/system-errors.ts";
import type { ScanOrder } from "../../scan/scan-run.ts";
import { BackgroundScan } from "./background-scan.ts";
import { ChangeSignal } from "./state-watch.ts";

export interface ScanRegistryOptions {
  /** The program's own folder in the user's data. */
  readonly dataFolder: string;
  /** Called when a scan begins that can be continued later. */
  readonly onBegin: (scan: ScanOrder) => void;
  /** Called when a scan finished successfully. */
  readonly onDone: (scan: ScanOrder, images: number) => void;
  /** Aborted when the engine ends: scans store what they have and stop. */
  readonly signal?: AbortSignal;
}

/** An engine's background scans, at most one per project. An ended scan is listed until its project is scanned again. */
export class ScanRegistry {
  readonly #dataFolder: string;
  readonly #signal: AbortSignal | undefined;
  readonly #onBegin: ScanRegistryOptions["onBegin"];
  readonly #onDone: ScanRegistryOptions["onDone"];
  readonly #scans = new Map<string, BackgroundScan>();
  readonly #changes = new ChangeSignal();

  constructor({ dataFolder, onBegin, onDone, signal }: ScanRegistryOptions) {
    this.#onBegin = onBegin;
    this.#onDone = onDone;
    this.#dataFolder = dataFolder;
    this.#signal = signal;
    signal?.addEventListener("abort", () => {
      for (const scan of this.#scans.values()) void scan.cancel();
    });
  }

  /**
   * Starts a scan in the background.
   * @returns the project's absolute file and its key
   * @throws EngineError PROJECT_BUSY if the project is already being scanned
   */
  start(request: ParsedScanRequest): StartedScan {
    return this.#start(request);
  }

  /**
   * Draws the demo data set into a new folder and scans it, both in the background.
   * @returns as {@link start}
   * @throws EngineError FOLDER_UNAVAILABLE if the program's folder cannot be written to
   */
  startDemo(): StartedScan {
    const root = this.#newDemoFolder();
    const splits = SPLIT_ORDER.map((name) => ({ name, root: join(root, name) }));
    return this.#start(ScanRequest.parse({ splits }), async () => {
      await makeDemo(root);
    });
  }

  /** Yields every scan's state now and after changes; never ends by itself. */
  watch(signal?: AbortSignal): AsyncIteratorObject<ScanState[], void> {
    return this.#changes.watch(() => [...this.#scans.values()].map((scan) => scan.state()), signal);
  }

  /** @throws EngineError USAGE if this engine has no scan of the project, as do the methods below */
  pause(project: string): void {
    this.#find(project).pause();
  }

  resume(project: string): void {
    this.#find(project).resume();
  }

  /** Resolves when the scan has ended. */
  cancel(project: string): Promise<void> {
    return this.#find(project).cancel();
  }

  firstFinds(project: string): Promise<FirstFinds> {
    return this.#find(project).firstFinds.get();
  }

  #start(
    request: ParsedScanRequest,
    prepare?: (signal: AbortSignal) => Promise<void>,
  ): StartedScan {
    this.#signal?.throwIfAborted();
    const project = resolve(
      request.project ?? defaultProjectFile(this.#dataFolder, request.splits),
    );
    if (this.#scans.get(project)?.isUnderWay) {
      throw new EngineError(
        "PROJECT_BUSY",
        `The project ${project} is already being scanned. Wait until the scan is done, or cancel it.`,
      );
    }
    const order: ScanOrder = { ...request, project };
    // An interrupted demo may not be drawn yet, so it cannot be continued.
    if (!prepare) this.#onBegin(order);
    // Delete first: a map keeps the position of an existing key, and a new scan belongs at the end.
    this.#scans.delete(project);
    this.#scans.set(
      project,
      new BackgroundScan(order, {
        dataFolder: this.#dataFolder,
        onChange: () => this.#changes.notify(),
        onDone: ({ images }) => this.#onDone(order, images),
        ...(prepare && { prepare }),
      }),
    );
    this.#changes.notify();
    return { project, key: projectKey(project) };
  }

  #find(project: string): BackgroundScan {
    const scan = this.#scans.get(resolve(project));
    if (!scan) {
      throw new EngineError("USAGE", `There is no scan of ${project}. Start one first.`);
    }
    return scan;
  }

  /** Creates the folder to claim its number, so that two demos at once get different folders. */
  #newDemoFolder(): string {
    try {
      mkdirSync(this.#dataFolder, { recursive: true });
      for (let number = 1; ; number++) {
        const folder = join(this.#dataFolder, `demo-${number}`);
        try {
          mkdirSync(folder);
          return folder;
        } catch (cause) {
          if (systemErrorCode(cause) !== "EEXIST") throw cause;
        }
      }
    } catch (cause) {
      throw new EngineError(
        "FOLDER_UNAVAILABLE",
        `Cannot write a demo into ${this.#dataFolder}: ${systemErrorReason(cause)}. Check that you can write there and that there is free space.`,
        { cause },
      );
    }
  }
}
