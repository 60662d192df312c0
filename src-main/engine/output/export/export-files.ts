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

/** A file to write. */
export interface ExportFile {
  readonly path: string;
  readonly chunks: Iterable<string | Uint8Array>;
}

/** The file name's extension is no known format, or one that cannot hold this kind of data. */
export class UnsupportedExportError extends Error {
  override readonly name = "UnsupportedExportError";
  readonly what: ExportName;
  readonly path: string;

  constructor(what: ExportName, path: string) {
    const extension = extname(path);
    const supported = formatsOf(what);
    const choice = `${supported.slice(0, -1).join(", ")} or ${supported.at(-1)}`;
    const hint = extension.toLowerCase() === ".npy" ? " A .npy file can hold only embeddings." : "";
    super(`Expected a file that ends in ${choice} for ${what} but received "${path}".${hint}`);
    this.what = what;
    this.path = path;
  }
}

function formatsOf(what: ExportName): ExportFormat[] {
  return FORMATS.filter((format) => what === "embeddings" || format !== ".npy");
}

/**
 * The format of a file name's extension, ignoring case.
 * @throws UnsupportedExportError
 */
export function exportFormat(what: ExportName, path: string): ExportFormat {
  const extension = extname(path).toLowerCase();
  const format = formatsOf(what).find((candidate) => candidate === extension);
  if (format === undefined) throw new UnsupportedExportError(what, path);
  return format;
}

/**
 * The files that hold a table. A `.npy` file cannot name its rows, so a `.csv` of the same name has the other columns (`split,path`).
 * @throws UnsupportedExportError immediately; other errors are thrown while chunks are read
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
