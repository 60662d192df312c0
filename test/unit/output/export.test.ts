import fc from "fast-check";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, test } from "vitest";
import {
  type ExportFile,
  exportFiles,
  exportFormat,
  UnsupportedExportError,
} from "../../../src-main/engine/output/export/export-files.ts";
import {
  embeddingsTable,
  imagesTable,
  neighborsTable,
} from "../../../src-main/engine/output/export/project-tables.ts";
import { float32Text, type Table } from "../../../src-main/engine/output/table.ts";
import { readCsv } from "../../support/read-csv.ts";
import { HOSTILE_NAMES, sampleImage } from "../../support/sample-report.ts";

const DIMENSIONS = 3;
const VECTORS = HOSTILE_NAMES.map((_, i) => Float32Array.of(i / 10, -1 / 3, 1e-8 * i));

/** Embeddings the way the database returns them: one buffer that every row overwrites. */
const embeddings = embeddingsTable(
  { rowCount: HOSTILE_NAMES.length, dimensions: DIMENSIONS },
  function* () {
    const embedding = new Float32Array(DIMENSIONS);
    for (const [i, path] of HOSTILE_NAMES.entries()) {
      embedding.set(VECTORS[i] ?? []);
      yield { split: "train", path, embedding };
    }
  },
);
const neighbors = neighborsTable(() => [
  {
    a: { split: "train", path: HOSTILE_NAMES[0] },
    b: { split: "test", path: HOSTILE_NAMES[2] },
    similarity: 0.98765432,
    confidence: 1,
  },
]);
const images = imagesTable(() => [
  sampleImage(1, { path: HOSTILE_NAMES[2], bytes: 5_000_000_000 }),
  sampleImage(2, { label: null }),
]);

function bytesOf(file: ExportFile | undefined): Buffer {
  return Buffer.concat(Array.from(file?.chunks ?? [], (chunk) => Buffer.from(chunk)));
}

const textOf = (what: "embeddings" | "neighbors" | "images", table: Table, path: string) =>
  bytesOf(exportFiles(what, table, path)[0]).toString();

async function parquetRows(table: Table): Promise<Record<string, unknown>[]> {
  const bytes = bytesOf(exportFiles("images", table, "x.parquet")[0]);
  return parquetReadObjects({ file: new Uint8Array(bytes).buffer });
}

describe("the file extension", () => {
  test("chooses the format, ignoring case", () => {
    expect(exportFormat("embeddings", "out/E.NPY")).toBe(".npy");
    expect(exportFormat("neighbors", "a.b.parquet")).toBe(".parquet");
    expect(exportFormat("images", "i.JsonL")).toBe(".jsonl");
  });

  test("is refused if unknown, with a list of supported ones", () => {
    expect(() => exportFormat("neighbors", "n.npy")).toThrow(UnsupportedExportError);
    expect(() => exportFormat("neighbors", "n.npy")).toThrow(
      'Expected a file that ends in .parquet, .csv or .jsonl for neighbors but received "n.npy". A .npy file can hold only embeddings.',
    );
    expect(() => exportFormat("embeddings", "noending")).toThrow(
      ".npy, .parquet, .csv or .jsonl for embeddings",
    );
  });
});

describe("a .npy file", () => {
  test("has NumPy's header, aligned to 64 bytes, and the rows in order", () => {
    const [npy] = exportFiles("embeddings", embeddings, "out.npy");
    const bytes = bytesOf(npy);
    const headerEnd = 10 + bytes.readUInt16LE(8);
    expect(bytes.subarray(0, 8).toString("latin1")).toBe("\x93NUMPY\x01\x00");
    expect(headerEnd % 64).toBe(0);
    expect(bytes.subarray(10, headerEnd).toString()).toMatch(
      /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(10, 3\), \} *\n$/,
    );
    const values = Array.from({ length: 30 }, (_, i) => bytes.readFloatLE(headerEnd + 4 * i));
    expect(values).toEqual(VECTORS.flatMap((vector) => [...vector]));
    expect(bytes).toHaveLength(headerEnd + 4 * 30);
  });

  test("has a .csv with the same base name next to it that lists its rows", () => {
    const files = exportFiles("embeddings", embeddings, "/tmp/my.embeddings.NPY");
    expect(files.map(({ path }) => path)).toEqual([
      "/tmp/my.embeddings.NPY",
      "/tmp/my.embeddings.csv",
    ]);
    expect(readCsv(bytesOf(files[1]).toString())).toEqual([
      ["split", "path"],
      ...HOSTILE_NAMES.map((path) => ["train", path]),
    ]);
  });

  test("refuses a row count that differs from its header", () => {
    const short = { ...embeddings, rowCount: 11 };
    expect(() => bytesOf(exportFiles("embeddings", short, "x.npy")[0])).toThrow(
      "Expected 11 embeddings but received 10.",
    );
  });

  test("is written in blocks of about a megabyte", () => {
    const row = { split: "train", path: "x", embedding: new Float32Array(256) };
    const size = { rowCount: 5000, dimensions: 256 };
    const table = embeddingsTable(size, () => Iterator.from(Array(5000).fill(row)));
    const chunks = [...(exportFiles("embeddings", table, "x.npy")[0]?.chunks ?? [])];
    expect(chunks.map((chunk) => chunk.length)).toEqual([
      128,
      ...Array(4).fill(1 << 20),
      5000 * 1024 - 4 * (1 << 20),
    ]);
  });
});

describe("a .csv file", () => {
  test("has a column per dimension, with digits that parse back to the same float32", () => {
    const [header, ...rows] = readCsv(textOf("embeddings", embeddings, "x.csv"));
    expect(header).toEqual(["split", "path", "e0", "e1", "e2"]);
    for (const [i, row] of rows.entries()) {
      expect(row.slice(0, 2)).toEqual(["train", HOSTILE_NAMES[i]]);
      expect(Float32Array.from(row.slice(2), Number)).toEqual(VECTORS[i]);
    }
  });

  test("has the documented columns for neighbors and images", () => {
    expect(readCsv(textOf("neighbors", neighbors, "x.csv"))).toEqual([
      ["a_split", "a_path", "b_split", "b_path", "similarity", "confidence"],
      ["train", HOSTILE_NAMES[0], "test", HOSTILE_NAMES[2], "0.987654", "1"],
    ]);
    expect(readCsv(textOf("images", images, "x.csv"))[0]?.join()).toBe(
      "id,split,path,label,sha256,width,height,bytes,format",
    );
  });
});

describe("a .jsonl file", () => {
  test("has one object per row, with embeddings as lists", () => {
    const lines = textOf("embeddings", embeddings, "x.jsonl").trimEnd().split("\n");
    const rows = lines.map((line) => JSON.parse(line));
    expect(rows.map(({ path }) => path)).toEqual(HOSTILE_NAMES);
    expect(rows.map(({ embedding }) => Float32Array.from(embedding))).toEqual(VECTORS);
  });

  test("has null for an unknown label", () => {
    const [, second = ""] = textOf("images", images, "x.jsonl").split("\n");
    const { damage, otherNames, ...exported } = sampleImage(2, { label: null });
    expect(JSON.parse(second)).toEqual(exported);
  });
});

describe("a .parquet file", () => {
  test("reads back with text, numbers beyond 32 bits and nulls", async () => {
    const rows = await parquetRows(images);
    expect(rows[0]).toMatchObject({ id: 1n, path: HOSTILE_NAMES[2], bytes: 5_000_000_000n });
    expect(rows[1]).toMatchObject({ label: null, width: 640n });
    expect(await parquetRows(neighbors)).toEqual([
      {
        a_split: "train",
        a_path: HOSTILE_NAMES[0],
        b_split: "test",
        b_path: HOSTILE_NAMES[2],
        similarity: 0.987654,
        confidence: 1,
      },
    ]);
  });

  test("has embeddings as lists of floats, in several row groups", async () => {
    const embedding = (i: number) => Float32Array.from({ length: 256 }, (_, j) => i + j / 256);
    const size = { rowCount: 5000, dimensions: 256 };
    const table = embeddingsTable(size, function* () {
      for (let i = 0; i < size.rowCount; i++) {
        yield { split: "train", path: `${i}.jpg`, embedding: embedding(i) };
      }
    });
    const bytes = bytesOf(exportFiles("embeddings", table, "x.parquet")[0]);
    const file = new Uint8Array(bytes).buffer;
    expect(parquetMetadata(file).row_groups.length).toBeGreaterThan(1);
    const rows = await parquetReadObjects({ file, rowStart: 4998, rowEnd: 5000 });
    expect(rows.map(({ path }) => path)).toEqual(["4998.jpg", "4999.jpg"]);
    expect(rows.map((row) => Float32Array.from(row.embedding as number[]))).toEqual([
      embedding(4998),
      embedding(4999),
    ]);
  });

  test("may be empty", async () => {
    expect(await parquetRows(neighborsTable(() => []))).toEqual([]);
  });
});

describe("a float32 as text", () => {
  test("parses back to the same float32", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(Math.fround(Number(float32Text(x)))).toBe(x === 0 ? 0 : x);
      }),
    );
  });
});
