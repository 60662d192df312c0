import { extname } from "node:path";
import type { ExportRequest } from "../../../contract/contract.ts";
import { csvText } from "../csv.ts";
import { jsonLinesText } from "../jsonl.ts";
import { npyBytes } from "../npy.ts";
import { parquetBytes } from "../parquet.ts";
import type { Table } from "../table.ts";

export type ExportName = ExportRequest["what"];

const FORMATS = [".npy", ".parquet", ".csv", ".jsonl"] as const;
export type ExportFormat = (typeof FORMATS)[number];

/** A file still to be written: its path and its content in order. */
export interface ExportFile {
  readonly path: string;
  readonly chunks: Iterable<string | Uint8Array>;
}

/** The file's ending names no format, or one that cannot hold what was asked for. */
export class UnsupportedExportError extends Error {
  override readonly name = "UnsupportedExportError";
  readonly what: ExportName;
  readonly path: string;

  constructor(what: ExportName, path: string) {
    const ending = extname(path);
    const supported = formatsOf(what);
    const choice = `${supported.slice(0, -1).join(", ")} or ${supported.at(-1)}`;
    const hint = ending.toLowerCase() === ".npy" ? " A .npy file holds embeddings only." : "";
    super(`Expected a file that ends in ${choice} for ${what} but received "${path}".${hint}`);
    this.what = what;
    this.path = path;
  }
}

function formatsOf(what: ExportName): ExportFormat[] {
  return FORMATS.filter((format) => what === "embeddings" || format !== ".npy");
}

/**
 * The format that a file's ending, in any case, asks for. Call it before the work starts.
 * @throws UnsupportedExportError
 */
export function exportFormat(what: ExportName, path: string): ExportFormat {
  const ending = extname(path).toLowerCase();
  const format = formatsOf(what).find((candidate) => candidate === ending);
  if (format === undefined) throw new UnsupportedExportError(what, path);
  return format;
}

/**
 * The files that hold a table: one, or for a `.npy` two, as the matrix cannot name its rows: beside it goes a `.csv` of the
 * same name with the other columns (`split,path`) in the same order.
 * @throws UnsupportedExportError at once; other errors come while the chunks are read.
 */
export function exportFiles(what: ExportName, table: Table, path: string): ExportFile[] {
  switch (exportFormat(what, path)) {
    case ".csv":
      return [{ path, chunks: csvText(table) }];
    case ".jsonl":
      return [{ path, chunks: jsonLinesText(table) }];
    case ".parquet":
      return [{ path, chunks: parquetBytes(table) }];
    case ".npy":
      return [
        { path, chunks: npyBytes(table) },
        { path: rowNamesPath(path), chunks: csvText(withoutVectors(table)) },
      ];
  }
}

function rowNamesPath(npyPath: string): string {
  return `${npyPath.slice(0, -".npy".length)}.csv`;
}

function withoutVectors(table: Table): Table {
  const isKept = table.columns.map((column) => column.type !== "vector");
  return {
    columns: table.columns.filter((_, i) => isKept[i]),
    rows: () => Iterator.from(table.rows()).map((row) => row.filter((_, i) => isKept[i])),
  };
}
