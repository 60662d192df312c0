import { LRUCache } from "lru-cache";
import type { Mark, PairColumn, PairHistogram, ParsedCut } from "../../../contract/cut.ts";
import { EngineError } from "../../../contract/errors.ts";
import type { ChangedMarks } from "../../data/decisions/decision-log.ts";
import { contentMarksReader, markOf } from "../../data/decisions/effective-marks.ts";
import { codeOf } from "../../data/decisions/mark-codes.ts";
import { rejectedNodes, rejectedRows } from "../../data/decisions/rejections.ts";
import { rightLabels } from "../../data/decisions/right-labels.ts";
import { presentFilesDigest } from "../../data/files-table.ts";
import {
  dataVersion,
  growPageCache,
  inTransaction,
  type Project,
} from "../../data/project-file.ts";
import { type ProjectView, type ViewedOutput, viewProject } from "../../data/project-view.ts";
import {
  type DecisionsRevision,
  readDecisionsRevision,
  readRootLayout,
  readScanRecord,
} from "../../data/settings.ts";
import { ClusterCut, ClusterMemory } from "../cuts/cluster-cut.ts";
import { type Decisions, readMarks } from "../cuts/decisions.ts";
import { pairHistogram } from "../cuts/histogram.ts";
import { type FileColumns, fileColumns } from "../figures/file-columns.ts";
import { needsNeighborDistances, neighborDistances } from "../figures/neighbor-distances.ts";
import { cutPairs } from "../figures/pair-cut.ts";

/** The cut on screen and a few thresholds around it. */
const MAX_CUTS = 4;

/** The project as last scanned, and everything computed from it that no decision changes. */
interface LoadedScan {
  readonly view: ProjectView;
  readonly files: FileColumns;
  /** Changes when the view is out of date, see {@link stateOf}. */
  readonly state: string;
  /** Neighbor distances by model output. */
  readonly distances: Map<string, Float64Array>;
  readonly memories: Map<string, ClusterMemory>;
  /** By model output and column. */
  readonly histograms: Map<string, PairHistogram>;
}

/**
 * An open project with its view, decisions and most recent cuts in memory. They follow every write to the file, by this process or
 * another. Holds no transaction between calls, so a scan may write meanwhile.
 */
export class LoadedProject implements Decisions {
  readonly project: Project;
  #scan: LoadedScan | undefined;
  #dataVersion = -1;
  #revision: DecisionsRevision = { decisions: -1, rejections: -1 };
  #marks: Uint8Array | undefined;
  #labels: ReadonlyMap<number, string> | undefined;
  #rejected: Map<ViewedOutput, Int32Array> | undefined;
  readonly #cuts = new LRUCache<string, ClusterCut>({ max: MAX_CUTS });

  constructor(project: Project) {
    this.project = project;
    growPageCache(project);
  }

  /**
   * Drops what another connection has made out of date. Call it once at the start of every request.
   * @throws EngineError PROJECT_INVALID if no scan into it has finished.
   */
  refresh(): void {
    const version = dataVersion(this.project);
    if (version !== this.#dataVersion) this.forget();
    this.#dataVersion = version;
  }

  /** Drops what a write has made out of date. Call it after writing through this connection. */
  forget(): void {
    this.#marks = undefined;
    this.#labels = undefined;
    if (this.#scan && this.#scan.state !== stateOf(this.project)) this.#scan = undefined;
    this.#readRevision();
  }

  /** Updates the marks in memory after a decision, an undo or a redo through this connection. */
  decided({ contents, files: changedFiles }: ChangedMarks): void {
    this.#labels = undefined;
    if (contents === "many") this.#marks = undefined;
    const [marks, { indexOf }] = [this.#marks, this.files];
    if (marks && contents !== "many") {
      const set = (image: number, mark: Mark | null) => {
        const file = indexOf.get(image);
        if (file !== undefined) marks[file] = codeOf(mark);
      };
      for (const { mark, files } of changedFiles) for (const image of files) set(image, mark);
      const read = contentMarksReader(this.project);
      for (const content of contents.map(read)) {
        for (const file of content.files) set(file.id, markOf(content, file));
      }
    }
    this.#readRevision();
  }

  #readRevision(): void {
    const revision = readDecisionsRevision(this.project);
    if (revision.rejections !== this.#revision.rejections || !this.#scan) {
      this.#rejected = undefined;
      this.#cuts.clear();
    }
    this.#revision = revision;
  }

  get revision(): number {
    return this.#revision.decisions;
  }

  get view(): ProjectView {
    return this.#load().view;
  }

  get files(): FileColumns {
    return this.#load().files;
  }

  /** `NO_MARK`, `KEEP` or `REMOVE` per file, in the order of {@link files}. */
  get marks(): Uint8Array {
    this.#marks ??= readMarks(this.project, this.files);
    return this.#marks;
  }

  /** Labels that a reviewer corrected or confirmed, by image. */
  get labels(): ReadonlyMap<number, string> {
    this.#labels ??= rightLabels(this.project);
    return this.#labels;
  }

  /** @throws EngineError USAGE when the scan did not compare by this model output. */
  modelOutput(name: string | undefined): ViewedOutput {
    const { modelOutputs } = this.view;
    const found = modelOutputs.find((output) => name === undefined || output.name === name);
    if (found) return found;
    const names = modelOutputs.map((output) => output.name).join(", ");
    throw new EngineError(
      "USAGE",
      `The project was not scanned with the model output "${name}". Choose one of: ${names}.`,
    );
  }

  /** Rows of the pairs that a reviewer rejected. */
  rejected(modelOutput: ViewedOutput): Int32Array {
    if (!this.#rejected) {
      const { view } = this;
      const nodes = rejectedNodes(this.project, view.nodes);
      this.#rejected = new Map(
        view.modelOutputs.map((output) => [output, rejectedRows(nodes, output.pairs)]),
      );
    }
    return this.#rejected.get(modelOutput) ?? new Int32Array();
  }

  cut({ modelOutput: name, threshold, grouping }: ParsedCut): ClusterCut {
    const modelOutput = this.modelOutput(name);
    const key = JSON.stringify([modelOutput.name, threshold, grouping]);
    const cached = this.#cuts.get(key);
    if (cached) return cached;
    const { view, files, distances, memories } = this.#load();
    const memory = memories.get(modelOutput.name) ?? new ClusterMemory();
    memories.set(modelOutput.name, memory);
    let nearest = distances.get(modelOutput.name);
    if (needsNeighborDistances(threshold) && !nearest) {
      nearest = neighborDistances(view, modelOutput);
      distances.set(modelOutput.name, nearest);
    }
    const rejected = this.rejected(modelOutput);
    const options = {
      threshold,
      grouping,
      neighborDistances: nearest ?? new Float64Array(),
      rejected,
    };
    const pairCut = cutPairs(view, modelOutput, options);
    const cut = new ClusterCut(view, files, pairCut, rejected, memory);
    this.#cuts.set(key, cut);
    return cut;
  }

  histogram(name: string | undefined, column: PairColumn): PairHistogram {
    const modelOutput = this.modelOutput(name);
    const { view, files, histograms } = this.#load();
    const key = JSON.stringify([modelOutput.name, column]);
    const histogram = histograms.get(key) ?? pairHistogram(view, files, modelOutput, column);
    histograms.set(key, histogram);
    return histogram;
  }

  #load(): LoadedScan {
    if (this.#scan) return this.#scan;
    // One transaction, so a scan that writes meanwhile cannot mix its results with the previous ones.
    this.#scan = inTransaction(this.project, (): LoadedScan => {
      const view = viewProject(this.project);
      return {
        view,
        files: fileColumns(view),
        state: stateOf(this.project),
        distances: new Map(),
        memories: new Map(),
        histograms: new Map(),
      };
    });
    return this.#scan;
  }
}

/** Changes with every finished scan, and when files are removed, restored or replaced by links. */
function stateOf(project: Project): string {
  const files = presentFilesDigest(project);
  return JSON.stringify([readScanRecord(project), readRootLayout(project), files]);
}
