import { rightLabels } from "../decisions/right-labels.ts";
import { contentReader, type ProjectView } from "../view/project-view.ts";
import type { CorrectionRow } from "./project-tables.ts";

/** Images that bear another label than the one that a person said to be right, by id. */
export function* corrections(view: ProjectView): Generator<CorrectionRow> {
  const right = rightLabels(view.project);
  const facts = contentReader(view.project);
  for (const { id, split, path, label, content } of view.images.values()) {
    const correctLabel = right.get(id);
    if (correctLabel === undefined || correctLabel === label) continue;
    yield { split, path, sha256: facts(content).sha256, label, correctLabel };
  }
}
