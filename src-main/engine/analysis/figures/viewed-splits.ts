import type { ReportSplit } from "../../../contract/report.ts";
import type { ProjectView } from "../../data/project-view.ts";
import { countWhere } from "./tally.ts";

/** The splits of a project and how many files of each could be read. */
export function viewedSplits(view: ProjectView): ReportSplit[] {
  return view.splits.map(({ name, root }) => ({
    name,
    root,
    images: countWhere(view.images.values(), (image) => image.split === name),
    unreadable: countWhere(view.unreadable, (file) => file.split === name),
  }));
}
