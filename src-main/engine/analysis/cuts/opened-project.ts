import type { Mark, PairColumn, PairHistogram, ParsedCut } from "../../../contract/cut.ts";
import { EngineError } from "../../../contract/errors.ts";
import type { ChangedMarks } from "../../data/decisions/decision-log.ts";
import {
  contentMarksReader,
  effectiveMarks,
  markOf,
} from "../../data/decisions/effective-marks.ts";
import { KEEP, NO_MARK, REMOVE } from "../../data/decisions/mark-codes.ts";
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
  readScanRecord,
} from "../../data/settings.ts";
import { type FileColumns, fileColumns } from "../figures/file-columns.ts";
import { needsNeighborDistances, neighborDistances } from "../figures/neighbor-distances.ts";
import { cutPairs } from "../figures/pair-cut.ts";
import { ReviewCut } from "./cluster-cut.ts";
import { ClusterMemory } from "./cluster-memory.ts";
import type { Decided } from "./decided.ts";
import { pairHistogram } from "./histogram.ts";
import { LatestFew } from "./latest-few.ts";

/** Cuts kept: the one that is looked at and a few thresholds around it. */
const CUTS_KEPT = 4;

/** What was loaded of a scanned project, and what hangs on it. */
interface Loaded {
  readonly view: ProjectView;
  readonly files: FileColumns;
  /** What of the project the view depends on. */
  readonly state: string;
  /** Neighbor distances by model output. */
  readonly distances: Map<string, Float64Array>;
  readonly memories: Map<string, ClusterMemory>;
  readonly histograms: Map<string, PairHistogram>;
}

/**
 * A project that is being looked at: its view, marks and latest cuts are kept in memory and follow what anybody writes into the
 * project. Holds no transaction between calls, so that a scan may write meanwhile.
 */
export class OpenedProject implements Decided {
  readonly project: Project;
  #loaded: Loaded | undefined;
  #dataVersion = -1;
  #revision: DecisionsRevision = { decisions: -1, rejections: -1 };
  #marks: Uint8Array | undefined;
  #labels: ReadonlyMap<number, string> | undefined;
  #rejected: Map<ViewedOutput, Int32Array> | undefined;
  readonly #cuts = new LatestFew<string, ReviewCut>(CUTS_KEPT);

  constructor(project: Project) {
    this.project = project;
    growPageCache(project);
  }

  /**
   * Drops what is out of date. Call once at the start of every request.
   * @throws EngineError PROJECT_INVALID when its last scan was not finished.
   */
  refresh(): void {
    const version = dataVersion(this.project);
    if (version !== this.#dataVersion) this.forget();
    this.#dataVersion = version;
  }

  /** Checks at the next use whether what is in memory still holds; to be called after writing. */
  forget(): void {
    this.#marks = undefined;
    this.#labels = undefined;
    if (this.#loaded && this.#loaded.state !== stateOf(this.project)) this.#loaded = undefined;
    this.#readRevision();
  }

  /** Follows a decision that was just taken here, or taken back. */
  decided({ contents, files: marked }: ChangedMarks): void {
    this.#labels = undefined;
    if (contents === "many") this.#marks = undefined;
    const [marks, { place }] = [this.#marks, this.files];
    if (marks && contents !== "many") {
      const mark = (image: number, to: Mark | null) => {
        const at = place.get(image);
        if (at !== undefined) marks[at] = codeOf(to);
      };
      for (const { mark: to, files } of marked) for (const image of files) mark(image, to);
      const read = contentMarksReader(this.project);
      for (const content of contents.map(read)) {
        for (const file of content.files) mark(file.id, markOf(content, file));
      }
    }
    this.#readRevision();
  }

  #readRevision(): void {
    const revision = readDecisionsRevision(this.project);
    if (revision.rejections !== this.#revision.rejections || !this.#loaded) {
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
    if (!this.#marks) {
      const { files } = this;
      this.#marks = new Uint8Array(files.count);
      for (const [id, mark] of effectiveMarks(this.project)) {
        const place = files.place.get(id);
        if (place !== undefined) this.#marks[place] = codeOf(mark);
      }
    }
    return this.#marks;
  }

  /** Labels that a person said to be right, by image. */
  get labels(): ReadonlyMap<number, string> {
    this.#labels ??= rightLabels(this.project);
    return this.#labels;
  }

  /** @throws EngineError USAGE for a model output that the scan did not compare by. */
  modelOutput(name: string | undefined): ViewedOutput {
    const { modelOutputs } = this.view;
    const found = modelOutputs.find(
      (modelOutput) => name === undefined || modelOutput.name === name,
    );
    if (found) return found;
    throw new EngineError(
      "USAGE",
      `The project was not scanned with the model output "${name}"; it has ${modelOutputs.map((modelOutput) => modelOutput.name).join(", ")}.`,
    );
  }

  /** Rows of pairs that were said not to be duplicates. */
  rejected(modelOutput: ViewedOutput): Int32Array {
    if (!this.#rejected) {
      const { view } = this;
      const nodes = rejectedNodes(this.project, view.nodes);
      this.#rejected = new Map(view.modelOutputs.map((of) => [of, rejectedRows(nodes, of.pairs)]));
    }
    return this.#rejected.get(modelOutput) ?? new Int32Array();
  }

  cut({ modelOutput: name, threshold, grouping }: ParsedCut): ReviewCut {
    const modelOutput = this.modelOutput(name);
    return this.#cuts.get(JSON.stringify([modelOutput.name, threshold, grouping]), () => {
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
      return new ReviewCut(view, files, cutPairs(view, modelOutput, options), rejected, memory);
    });
  }

  histogram(name: string | undefined, column: PairColumn): PairHistogram {
    const modelOutput = this.modelOutput(name);
    const { view, files, histograms } = this.#load();
    const key = JSON.stringify([modelOutput.name, column]);
    const histogram = histograms.get(key) ?? pairHistogram(view, files, modelOutput, column);
    histograms.set(key, histogram);
    return histogram;
  }

  #load(): Loaded {
    if (this.#loaded) return this.#loaded;
    // One transaction: a scan may be writing, and half of what it did must not be mixed with half of what was.
    this.#loaded = inTransaction(this.project, (): Loaded => {
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
    return this.#loaded;
  }
}

function codeOf(mark: Mark | null): number {
  return mark === null ? NO_MARK : mark === "keep" ? KEEP : REMOVE;
}

/** Changes whenever the view would: with every finished scan, and when files are removed, come back or become another's link. */
function stateOf(project: Project): string {
  const files = presentFilesDigest(project);
  return JSON.stringify([readScanRecord(project), files]);
}
