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
import type { ScanOrder } from "../../scan/scan-run.ts";
import { BackgroundScan } from "./background-scan.ts";
import { ChangeSignal } from "./state-watch.ts";

export interface ScanRegistryOptions {
  /** The program's own folder in the user's data. */
  readonly dataFolder: string;
  /** Told when a scan begins that can be gone on with. */
  readonly onBegin: (scan: ScanOrder) => void;
  /** Told when a scan went through. */
  readonly onDone: (scan: ScanOrder, images: number) => void;
  /** Aborted when the engine is to end: scans store what they have and stop. */
  readonly signal?: AbortSignal;
}

/** The background scans of an engine, at most one per project; one that has ended stays until its project is scanned again. */
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
   * Starts a scan and lets it run.
   * @returns the project's file, absolute, and key.
   * @throws EngineError PROJECT_BUSY when this project is being scanned already.
   */
  start(request: ParsedScanRequest): StartedScan {
    return this.#start(request);
  }

  /**
   * Draws the demo data set into a new folder and scans it, both in the background.
   * @returns as {@link start}.
   * @throws EngineError FOLDER_UNAVAILABLE when the program's folder can't be written to.
   */
  startDemo(): StartedScan {
    const root = this.#newDemoFolder();
    const splits = SPLIT_ORDER.map((name) => ({ name, root: join(root, name) }));
    return this.#start(ScanRequest.parse({ splits }), async () => {
      await makeDemo(root);
    });
  }

  /** Every scan's state now, then again after changes; never ends by itself. */
  watch(signal?: AbortSignal): AsyncIteratorObject<ScanState[], void> {
    return this.#changes.watch(() => [...this.#scans.values()].map((scan) => scan.state()), signal);
  }

  /** @throws EngineError USAGE when this engine has no scan of the project; so do the others. */
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
        `The project ${project} is being scanned already; wait until it is done, or cancel that scan.`,
      );
    }
    const order: ScanOrder = { ...request, project };
    // A demo that was cut off may not be drawn yet.
    if (!prepare) this.#onBegin(order);
    // The map keeps the place of a key: a new scan goes to the end.
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
      throw new EngineError("USAGE", `There is no scan of ${project}; start one first.`);
    }
    return scan;
  }

  /** Making the folder claims its number: two demos at once get two. */
  #newDemoFolder(): string {
    try {
      mkdirSync(this.#dataFolder, { recursive: true });
      for (let number = 1; ; number++) {
        const folder = join(this.#dataFolder, `demo-${number}`);
        try {
          mkdirSync(folder);
          return folder;
        } catch (cause) {
          if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
        }
      }
    } catch (cause) {
      throw new EngineError(
        "FOLDER_UNAVAILABLE",
        `Cannot write a demo into ${this.#dataFolder}: check that you may write there and that there is room.`,
        { cause },
      );
    }
  }
}
