import type { DecisionState } from "../../contract/decisions.ts";
import type { ImageId } from "../../contract/ids.ts";
import type { LoadedProject } from "../analysis/project/loaded-project.ts";
import { countRejections, nextSteps } from "../data/decisions/decision-log.ts";
import { KEEP, REMOVE } from "../data/decisions/mark-codes.ts";

/**
 * Counts of the decisions, and the next undo and redo.
 * @param refused images that the last decision left alone because their split is protected
 * @param image one that an undo or redo changed
 */
export function decisionState(
  loaded: LoadedProject,
  refused = 0,
  image: ImageId | null = null,
): DecisionState {
  const counts = { keep: 0, remove: 0 };
  for (const mark of loaded.marks) {
    if (mark === KEEP) counts.keep++;
    else if (mark === REMOVE) counts.remove++;
  }
  let corrections = 0;
  for (const [image, label] of loaded.labels) {
    if (loaded.view.images.get(image)?.label !== label) corrections++;
  }
  return {
    revision: loaded.revision,
    ...counts,
    notDuplicates: countRejections(loaded.project),
    corrections,
    ...nextSteps(loaded.project),
    image,
    refused,
  };
}
