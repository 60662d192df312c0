import type { ReportOutput } from "../../../contract/contract.ts";
import { ImageId } from "../../../contract/ids.ts";
import { type ProjectView, thumbnailReader } from "../../data/project-view.ts";
import type { BuiltReport } from "./build-report.ts";
import { csvReport } from "./csv.ts";
import { htmlReport } from "./html.ts";
import { jsonReport } from "./json.ts";
import { keepList, type ListedImage, removeList } from "./lists.ts";

/** A report's text in one of the formats, in chunks. */
export function reportChunks(
  view: ProjectView,
  { report, removed }: BuiltReport,
  output: ReportOutput,
): Iterable<string> {
  switch (output) {
    case "json":
      return jsonReport(report);
    case "csv":
      return csvReport(report);
    case "html":
      return htmlReport(report, { thumbnail: thumbnailReader(view) });
    case "removeList":
      return removeList(report, listedImages(view), removed);
    case "keepList":
      return keepList(report, listedImages(view), removed);
  }
}

function listedImages({ images }: ProjectView): Iterable<ListedImage> {
  return Iterator.from(images.values()).map(({ id, split, path }) => ({
    id: ImageId.parse(id),
    split,
    path,
  }));
}
