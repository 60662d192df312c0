import type { Report } from "../../../contract/report.ts";
import { roundFigure } from "../../../text/figures.ts";
import { bestPairByImage } from "../../analysis/figures/cluster-pairs.ts";
import { csvText } from "../csv.ts";
import type { Cell, Column, Table } from "../table.ts";

const COLUMNS: readonly Column[] = [
  { name: "cluster", type: "integer" },
  { name: "response", type: "text" },
  { name: "size", type: "integer" },
  { name: "mean", type: "real" },
  { name: "min_similarity", type: "real" },
  { name: "split", type: "text" },
  { name: "label", type: "text" },
  { name: "path", type: "text" },
  { name: "sha256", type: "text" },
  { name: "width", type: "integer" },
  { name: "height", type: "integer" },
  { name: "bytes", type: "integer" },
  { name: "format", type: "text" },
  { name: "kind", type: "text" },
  { name: "similarity", type: "real" },
  { name: "confidence", type: "real" },
];

/**
 * The report as CSV, one row per image of each cluster. `kind`, `similarity` and `confidence` are those of the image's best pair in the
 * cluster; empty if it has none.
 * @throws RangeError if a figure is not finite, or a cluster has an image that is missing from the report
 */
export function csvReport(report: Report): Generator<string> {
  const table: Table = { columns: COLUMNS, rows: () => rows(report) };
  return csvText(table);
}

function* rows(report: Report): Generator<readonly Cell[]> {
  const imageById = new Map(report.images.map((image) => [image.id, image]));
  for (const cluster of report.clusters) {
    const bestPairs = bestPairByImage(cluster);
    for (const id of cluster.images) {
      const image = imageById.get(id);
      if (image === undefined) {
        throw new RangeError(
          `Cluster ${cluster.id} has image ${id}, which is missing from the report.`,
        );
      }
      const best = bestPairs.get(id);
      yield [
        cluster.id,
        cluster.response,
        cluster.size,
        roundFigure(cluster.mean),
        roundFigure(cluster.minSimilarity),
        image.split,
        image.label,
        image.path,
        image.sha256,
        image.width,
        image.height,
        image.bytes,
        image.format,
        best?.kind ?? null,
        best === undefined ? null : roundFigure(best.similarity),
        best === undefined ? null : roundFigure(best.confidence),
      ];
    }
  }
}
