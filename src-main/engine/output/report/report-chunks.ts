import type { ReportOutput } from "../../../contract/contract.ts";
import { ImageId } from "../../../contract/ids.ts";
import type { Report } from "../../../contract/report.ts";
import { type ProjectView, thumbnailReader } from "../../data/project-view.ts";
import { csvReport } from "./csv.ts";
import { htmlReport } from "./html.ts";
import { jsonReport } from "./json.ts";
import { keepList, removalRule, removeList } from "./lists.ts";

/** A report's text in one of the formats, in chunks. */
export function reportChunks(
  view: ProjectView,
  report: Report,
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
      return removeList(report, removalRule(view));
    case "keepList": {
      const images = Iterator.from(view.images.values()).map(({ id, split, path }) => ({
        id: ImageId.parse(id),
        split,
        path,
      }));
      return keepList(report, images, removalRule(view));
    }
  }
}
