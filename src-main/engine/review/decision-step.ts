import type { Mark } from "../../contract/cut.ts";
import type { ParsedDecision } from "../../contract/decisions.ts";
import { EngineError } from "../../contract/errors.ts";
import type { ReviewCut } from "../analysis/cuts/cluster-cut.ts";
import { filterClusters } from "../analysis/cuts/cluster-filter.ts";
import type { OpenedProject } from "../analysis/cuts/opened-project.ts";
import { candidateReader } from "../analysis/keeper/candidates.ts";
import { chooseKeepers } from "../analysis/keeper/choose-keepers.ts";
import { planMarks } from "../data/decisions/change-marks.ts";
import { NO_CHANGE } from "../data/decisions/decision-log.ts";
import { planLabels } from "../data/decisions/right-labels.ts";
import { readProjectRules } from "../data/settings.ts";
import type { PlannedStep } from "./pending-step.ts";
import { planClusterRejection, planPairRejection, planSplit } from "./rejection-step.ts";

type Marks = Map<number, Mark | null>;

/**
 * What a decision comes to: rows to change and words for it.
 * @throws EngineError USAGE for an image that the project does not have, or one that the decision makes no sense for.
 */
export function planStep(opened: OpenedProject, decision: ParsedDecision): PlannedStep {
  switch (decision.type) {
    case "mark": {
      for (const image of decision.images) placeOf(opened, image);
      const { mark } = decision;
      return marking(opened, new Map(decision.images.map((image) => [image, mark])), (images) =>
        mark === null ? `clear the marks of ${images}` : `${mark} ${images}`,
      );
    }
    case "keepOnly": {
      const { image } = decision.of;
      const [cut, cluster] = clusterOf(opened, decision.of);
      const marks: Marks = new Map();
      for (const id of imagesOf(cut, cluster)) marks.set(id, id === image ? "keep" : "remove");
      return marking(opened, marks, () => `keep only one of ${imageCount(marks.size)}`);
    }
    case "keepBest": {
      const [cut, cluster] = clusterOf(opened, decision.of);
      const marks: Marks = new Map();
      addBest(cut, [cluster], marks);
      return marking(opened, marks, () => `keep the best of ${imageCount(marks.size)}`);
    }
    case "filtered": {
      const cut = opened.cut(decision.cut);
      const { mark } = decision;
      const clusters = filterClusters(cut, opened.marks, decision.filter);
      const marks: Marks = new Map();
      if (mark === "best") addBest(cut, clusters, marks);
      else {
        for (const cluster of clusters) {
          for (const id of imagesOf(cut, cluster)) marks.set(id, mark === "clear" ? null : mark);
        }
      }
      const where = clusters.length === 1 ? "1 cluster" : `${clusters.length} clusters`;
      return marking(opened, marks, (images) =>
        mark === "best"
          ? `keep the best of ${where}`
          : mark === "clear"
            ? `clear the marks of ${images}`
            : `${mark} ${images} in ${where}`,
      );
    }
    case "label":
      for (const image of decision.images) placeOf(opened, image);
      return labeling(opened, decision.images, decision.label);
    case "labelCluster":
      return labeling(opened, imagesOf(...clusterOf(opened, decision.of)), decision.label);
    case "notDuplicates":
      return planPairRejection(opened, placeOf(opened, decision.a), placeOf(opened, decision.b));
    case "clusterNotDuplicates":
      return planClusterRejection(opened, ...clusterOf(opened, decision.of));
    case "splitCluster":
      return planSplit(opened, ...clusterOf(opened, decision.of));
  }
}

/** @param label made of the images whose marks change, such as `3 images` */
function marking(
  { project }: OpenedProject,
  wanted: Marks,
  label: (images: string) => string,
): PlannedStep {
  const { marks, files, changed, refused } = planMarks(project, wanted);
  return { step: { ...NO_CHANGE, label: label(imageCount(changed)), marks, files }, refused };
}

function labeling(
  { project }: OpenedProject,
  images: readonly number[],
  label: string | null,
): PlannedStep {
  const wanted = new Map(images.map((image) => [image, label]));
  const { labels, changed } = planLabels(project, wanted);
  const what = imageCount(changed);
  const words = label === null ? `clear the label of ${what}` : `label ${what} ${label}`;
  return { step: { ...NO_CHANGE, label: words, labels }, refused: 0 };
}

function imageCount(count: number): string {
  return count === 1 ? "1 image" : `${count} images`;
}

function placeOf({ files, project }: OpenedProject, image: number): number {
  const place = files.place.get(image);
  if (place !== undefined) return place;
  throw new EngineError(
    "USAGE",
    `The project ${project.file} has no image ${image}; open it again.`,
  );
}

function clusterOf(
  opened: OpenedProject,
  of: Parameters<OpenedProject["cut"]>[0] & { readonly image: number },
): [ReviewCut, number] {
  placeOf(opened, of.image);
  const cut = opened.cut(of);
  const cluster = cut.clusterOfImage(of.image);
  if (cluster >= 0) return [cut, cluster];
  throw new EngineError(
    "USAGE",
    `The image ${of.image} has no duplicate at this threshold; choose another image or lower the threshold.`,
  );
}

function imagesOf(cut: ReviewCut, cluster: number): number[] {
  return Array.from(cut.filesOf(cluster), (file) => cut.files.id[file] as number);
}

/** Marks what the project's rules would keep of clusters, whatever their kinds: a person asked for it. */
function addBest(
  cut: ReviewCut,
  clusters: ArrayLike<number> & Iterable<number>,
  marks: Marks,
): void {
  const { view } = cut;
  const { rules } = readProjectRules(view.project);
  const candidateOf = candidateReader(view, clusters.length > 1 ? "many" : "few");
  for (const cluster of clusters) {
    const members = imagesOf(cut, cluster).map(candidateOf);
    const { keep, remove } = chooseKeepers(members, view.splits, rules);
    for (const id of keep) marks.set(id, "keep");
    for (const id of remove) marks.set(id, "remove");
  }
}
