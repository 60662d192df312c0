import type { ReportImage } from "../../../contract/report.ts";
import { roundFigure } from "../../../text/figures.ts";
import type { CorrectionRow } from "../../data/decisions/corrections.ts";
import type { Table } from "../table.ts";

/** An image's split and its path relative to the split's root. */
export interface ImageFile {
  readonly split: string;
  readonly path: string;
}

/** One image's embedding, of the model's dimensions. It may be a view that the next row overwrites. */
export interface EmbeddingRow extends ImageFile {
  readonly embedding: Float32Array;
}

/** An image `a` and one of its nearest neighbors, `b`. */
export interface NeighborRow {
  readonly a: ImageFile;
  readonly b: ImageFile;
  /** Cosine, in [-1, 1]. */
  readonly similarity: number;
  /** Probability of being a true duplicate, in [0, 1]. */
  readonly confidence: number;
}

/**
 * `split,path,embedding`, one row per image.
 * @param rows called once per file: twice for a `.npy` and its `.csv`
 */
export function embeddingsTable(
  size: { readonly rowCount: number; readonly dimensions: number },
  rows: () => Iterable<EmbeddingRow>,
): Table {
  return {
    columns: [
      { name: "split", type: "text" },
      { name: "path", type: "text" },
      { name: "embedding", type: "vector", dimensions: size.dimensions },
    ],
    rowCount: size.rowCount,
    rows: () => Iterator.from(rows()).map((row) => [row.split, row.path, row.embedding]),
  };
}

/** `a_split,a_path,b_split,b_path,similarity,confidence`, one row per neighbor. */
export function neighborsTable(rows: () => Iterable<NeighborRow>): Table {
  return {
    columns: [
      { name: "a_split", type: "text" },
      { name: "a_path", type: "text" },
      { name: "b_split", type: "text" },
      { name: "b_path", type: "text" },
      { name: "similarity", type: "real" },
      { name: "confidence", type: "real" },
    ],
    rows: () =>
      Iterator.from(rows()).map(({ a, b, similarity, confidence }) => [
        a.split,
        a.path,
        b.split,
        b.path,
        roundFigure(similarity),
        roundFigure(confidence),
      ]),
  };
}

/** `id,split,path,label,sha256,width,height,bytes,format`, one row per readable image. */
export function imagesTable(rows: () => Iterable<ReportImage>): Table {
  return {
    columns: [
      { name: "id", type: "integer" },
      { name: "split", type: "text" },
      { name: "path", type: "text" },
      { name: "label", type: "text" },
      { name: "sha256", type: "text" },
      { name: "width", type: "integer" },
      { name: "height", type: "integer" },
      { name: "bytes", type: "integer" },
      { name: "format", type: "text" },
    ],
    rows: () =>
      Iterator.from(rows()).map((image) => [
        image.id,
        image.split,
        image.path,
        image.label,
        image.sha256,
        image.width,
        image.height,
        image.bytes,
        image.format,
      ]),
  };
}

/** `split,path,sha256,label,correct_label`, one row per image whose label was corrected. */
export function correctionsTable(rows: () => Iterable<CorrectionRow>): Table {
  return {
    columns: [
      { name: "split", type: "text" },
      { name: "path", type: "text" },
      { name: "sha256", type: "text" },
      { name: "label", type: "text" },
      { name: "correct_label", type: "text" },
    ],
    rows: () =>
      Iterator.from(rows()).map(({ split, path, sha256, label, correctLabel }) => [
        split,
        path,
        sha256,
        label,
        correctLabel,
      ]),
  };
}
