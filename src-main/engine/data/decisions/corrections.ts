import type { ReportImage } from "../../../contract/report.ts";
import { contentReader } from "../contents-table.ts";
import type { ProjectView } from "../project-view.ts";
import { rightLabels } from "./right-labels.ts";

/** An image whose label a person has corrected. */
export interface CorrectionRow extends Pick<ReportImage, "split" | "path" | "sha256" | "label"> {
  readonly correctLabel: string;
}

/** Images whose label differs from the one that a person chose, by id. */
export function* corrections(view: ProjectView): Generator<CorrectionRow> {
  const right = rightLabels(view.project);
  const facts = contentReader(view.project);
  for (const { id, split, path, label, content } of view.images.values()) {
    const correctLabel = right.get(id);
    if (correctLabel === undefined || correctLabel === label) continue;
    yield { split, path, sha256: facts(content).sha256, label, correctLabel };
  }
}
