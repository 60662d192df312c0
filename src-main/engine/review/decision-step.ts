import type { Mark } from "../../contract/cut.ts";
import type { ParsedDecision } from "../../contract/decisions.ts";
import { EngineError } from "../../contract/errors.ts";
import { countOf, plural } from "../../text/figures.ts";
import type { ClusterCut } from "../analysis/cuts/cluster-cut.ts";
import { filterClusters } from "../analysis/cuts/cluster-filter.ts";
import { isUnconfirmed } from "../analysis/keeper/ruled-splits.ts";
import type { LoadedProject } from "../analysis/project/loaded-project.ts";
import { changeMarks } from "../data/decisions/change-marks.ts";
import { NO_CHANGE, type Step } from "../data/decisions/decision-log.ts";
import { NO_MARK } from "../data/decisions/mark-codes.ts";
import { changeLabels } from "../data/decisions/right-labels.ts";
import { missingImage } from "../data/missing-image.ts";
import { type BestImages, bestImages } from "./best-images.ts";
import { rejectCluster, rejectPair, splitCluster } from "./rejection-step.ts";

/** A decision as the step that carries it out. */
export interface DecisionStep {
  readonly step: Step;
  /** Images that the step leaves alone because their split is protected. */
  readonly refused: number;
}

type Marks = Map<number, Mark | null>;

/**
 * Translates a decision into the rows that change and a label for undo and redo.
 * @throws EngineError USAGE for an image that the project does not have, or that the decision does not apply to.
 */
export function decisionStep(loaded: LoadedProject, decision: ParsedDecision): DecisionStep {
  switch (decision.type) {
    case "mark": {
      for (const image of decision.images) fileOf(loaded, image);
      const { mark } = decision;
      return marking(loaded, new Map(decision.images.map((image) => [image, mark])), (images) =>
        mark === null ? `clear the marks of ${images}` : `${mark} ${images}`,
      );
    }
    case "keepOnly": {
      const { image } = decision.of;
      const [cut, cluster] = clusterOf(loaded, decision.of);
      const marks: Marks = new Map();
      for (const id of imagesOf(cut, cluster)) marks.set(id, id === image ? "keep" : "remove");
      return marking(loaded, marks, () => `keep one of ${countOf(marks.size, "image")}`);
    }
    case "keepBest": {
      const [cut, cluster] = clusterOf(loaded, decision.of);
      requireConfirmed(cut);
      const best = bestImages(cut, { labels: loaded.labels }, "few")(cluster);
      const marks = bestMarks([best]);
      return marking(loaded, marks, () => `keep the best of ${countOf(marks.size, "image")}`);
    }
    case "filtered": {
      const cut = loaded.cut(decision.cut);
      const { mark, includeDecided } = decision;
      const clusters = filterClusters(cut, loaded.marks, decision.filter);
      const marks = filteredMarks(loaded, cut, clusters, mark, includeDecided);
      const where = countOf(clusters.length, "cluster");
      return marking(loaded, marks, (images) =>
        mark === "best"
          ? `keep the best ${plural(clusters.length, "image of", "image in each of")} ${where}`
          : mark === "clear"
            ? `clear the marks of ${images}`
            : `${mark} ${images} in ${where}`,
      );
    }
    case "label":
      for (const image of decision.images) fileOf(loaded, image);
      return labeling(loaded, decision.images, decision.label);
    case "labelCluster":
      return labeling(loaded, imagesOf(...clusterOf(loaded, decision.of)), decision.label);
    case "notDuplicates": {
      const [a, b] = [fileOf(loaded, decision.a), fileOf(loaded, decision.b)];
      return { step: rejectPair(loaded, a, b), refused: 0 };
    }
    case "clusterNotDuplicates":
      return { step: rejectCluster(loaded, ...clusterOf(loaded, decision.of)), refused: 0 };
    case "splitCluster":
      return { step: splitCluster(loaded, ...clusterOf(loaded, decision.of)), refused: 0 };
  }
}

/** @param label takes the number of images whose marks change, such as `3 images` */
function marking(
  { project }: LoadedProject,
  wanted: Marks,
  label: (images: string) => string,
): DecisionStep {
  const { marks, files, changed, refused } = changeMarks(project, wanted);
  const step = { ...NO_CHANGE, label: label(countOf(changed, "image")), marks, files };
  return { step, refused };
}

function labeling(
  { project }: LoadedProject,
  images: readonly number[],
  label: string | null,
): DecisionStep {
  const wanted = new Map(images.map((image) => [image, label]));
  const { labels, changed } = changeLabels(project, wanted);
  const what = countOf(changed, "image");
  const words = label === null ? `clear the label of ${what}` : `label ${what} “${label}”`;
  return { step: { ...NO_CHANGE, label: words, labels }, refused: 0 };
}

/** The image's index in the file columns. */
function fileOf({ files, project }: LoadedProject, image: number): number {
  const file = files.indexOf.get(image);
  if (file === undefined) throw missingImage(project, image);
  return file;
}

function clusterOf(
  loaded: LoadedProject,
  of: Parameters<LoadedProject["cut"]>[0] & { readonly image: number },
): [ClusterCut, number] {
  fileOf(loaded, of.image);
  const cut = loaded.cut(of);
  const cluster = cut.clusterOfImage(of.image);
  if (cluster >= 0) return [cut, cluster];
  throw new EngineError(
    "USAGE",
    `The image ${of.image} has no duplicate at this threshold. Choose another image or lower the threshold.`,
  );
}

function imagesOf(cut: ClusterCut, cluster: number): number[] {
  return Array.from(cut.filesOf(cluster), (file) => cut.files.id[file] as number);
}

/** @throws EngineError USAGE if keeper rules would choose between what may be splits */
function requireConfirmed({ view }: ClusterCut): void {
  if (!isUnconfirmed(view)) return;
  throw new EngineError(
    "USAGE",
    "The data set was scanned as one split, but contains what looks like splits. Confirm on the overview that it is one split, or scan the splits.",
  );
}

function bestMarks(choices: Iterable<BestImages>): Marks {
  const marks: Marks = new Map();
  for (const { keep, remove } of choices) {
    for (const id of keep) marks.set(id, "keep");
    for (const id of remove) marks.set(id, "remove");
  }
  return marks;
}

/** @param includeDecided whether images that have a mark get another one, too */
function filteredMarks(
  loaded: LoadedProject,
  cut: ClusterCut,
  clusters: Int32Array,
  mark: "keep" | "remove" | "best" | "clear",
  includeDecided: boolean,
): Marks {
  const { files, labels } = loaded;
  const isDecided = (id: number) => loaded.marks[files.indexOf.get(id) ?? -1] !== NO_MARK;
  const marks: Marks = new Map();
  if (mark === "best") {
    requireConfirmed(cut);
    const decisions = includeDecided ? { labels } : { labels, marks: loaded.marks };
    const best = bestMarks(Array.from(clusters, bestImages(cut, decisions, "many")));
    for (const [id, one] of best) if (includeDecided || !isDecided(id)) marks.set(id, one);
    return marks;
  }
  for (const cluster of clusters) {
    for (const id of imagesOf(cut, cluster)) {
      if (mark === "clear") marks.set(id, null);
      else if (includeDecided || !isDecided(id)) marks.set(id, mark);
    }
  }
  return marks;
}
