import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { beforeAll, describe, expect, test } from "vitest";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { readCsv } from "../support/read-csv.ts";
import { run } from "../support/run-in-process.ts";

const IMAGES = 14;
const NEIGHBORS = 3;
let project: string;

/** Train has eight images. Test has four others, and two copies of the first train image. */
beforeAll(async () => {
  const root = await folderOf({
    ...pictures("train/cat", 8),
    ...pictures("test/cat", 4, 20),
    "test/cat/copy-a.jpg": 1,
    "test/cat/copy-b.jpg": 1,
  });
  project = join(freshFolder(), "p.twinlens");
  const words = ["scan", root, "--quiet", "--project", project, "--neighbors", String(NEIGHBORS)];
  expect(await run(words)).toEqual({ code: 0, stdout: "", stderr: "" });
});

/** The file that an export writes. */
async function exported(what: string, name: string): Promise<string> {
  const out = join(freshFolder(), name);
  const { code, stdout, stderr } = await run(["export", project, "--what", what, "--out", out]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  expect(stderr).toMatch(/^Wrote \d+ rows? to [^\n]+\n$/);
  expect(stderr).toContain(out);
  return out;
}

const csvOf = (file: string) => readCsv(readFileSync(file, "utf8"));

async function parquetOf(file: string): Promise<Record<string, unknown>[]> {
  return await parquetReadObjects({ file: new Uint8Array(readFileSync(file)).buffer });
}

const jsonLinesOf = (file: string): Record<string, unknown>[] =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

const NEIGHBOR_COLUMNS = ["a_split", "a_path", "b_split", "b_path", "similarity", "confidence"];

describe("the neighbors export", () => {
  let rows: Record<string, string>[];
  beforeAll(async () => {
    const [columns = [], ...lines] = csvOf(await exported("neighbors", "neighbors.csv"));
    expect(columns).toEqual(NEIGHBOR_COLUMNS);
    rows = lines.map((line) => Object.fromEntries(columns.map((name, i) => [name, line[i] ?? ""])));
  });
  const neighborsOf = (split: string, path: string, into: string) =>
    rows.filter((row) => row.a_split === split && row.a_path === path && row.b_split === into);

  test("lists the k nearest images in each split for every image, nearest first", () => {
    expect(rows).toHaveLength(IMAGES * 2 * NEIGHBORS);
    const images = new Set(rows.map(({ a_split, a_path }) => `${a_split}/${a_path}`));
    expect(images.size).toBe(IMAGES);
    for (const { a_split = "", a_path = "" } of rows) {
      for (const into of ["train", "test"]) {
        const found = neighborsOf(a_split, a_path, into);
        expect(found).toHaveLength(NEIGHBORS);
        const similarities = found.map(({ similarity }) => Number(similarity));
        expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
        expect(found.map(({ b_path }) => b_path)).not.toContain(
          into === a_split ? a_path : "never",
        );
      }
    }
  });

  test("puts exact copies first, with similarity and confidence 1", () => {
    const found = neighborsOf("train", "cat/001.jpg", "test").slice(0, 2);
    expect(found.map(({ b_path }) => b_path)).toEqual(["cat/copy-a.jpg", "cat/copy-b.jpg"]);
    for (const row of found) expect(row).toMatchObject({ similarity: "1", confidence: "1" });
    expect(neighborsOf("test", "cat/copy-b.jpg", "test")[0]?.b_path).toBe("cat/copy-a.jpg");
    expect(neighborsOf("test", "cat/copy-b.jpg", "train")[0]?.b_path).toBe("cat/001.jpg");
  });

  test("has the same content as JSON lines and as Parquet", async () => {
    const expected = rows.map((row) => ({
      ...row,
      similarity: Number(row.similarity),
      confidence: Number(row.confidence),
    }));
    expect(jsonLinesOf(await exported("neighbors", "neighbors.jsonl"))).toEqual(expected);
    expect(await parquetOf(await exported("neighbors", "neighbors.parquet"))).toEqual(expected);
  });
});

describe("the images export", () => {
  test.each(["csv", "jsonl", "parquet"])("has one row per image as %s", async (ending) => {
    const file = await exported("images", `images.${ending}`);
    const rows =
      ending === "csv"
        ? csvOf(file).slice(1)
        : ending === "jsonl"
          ? jsonLinesOf(file)
          : await parquetOf(file);
    expect(rows).toHaveLength(IMAGES);
    expect(
      JSON.stringify(rows[0], (_, value) => (typeof value === "bigint" ? `${value}` : value)),
    ).toContain("cat/001.jpg");
  });
});

describe("the embeddings export", () => {
  /** Rows of a NumPy file, read according to its header (NEP 1). */
  function npyRows(file: string): number[][] {
    const bytes = readFileSync(file);
    expect(bytes.subarray(0, 6).toString("latin1")).toBe("\x93NUMPY");
    const headerEnd = 10 + bytes.readUInt16LE(8);
    expect(headerEnd % 64).toBe(0);
    const header = bytes.toString("latin1", 10, headerEnd);
    const [, rows = "", columns = ""] =
      /'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\)/.exec(header) ?? [];
    const values = new Float32Array(new Uint8Array(bytes.subarray(headerEnd)).buffer);
    expect(values).toHaveLength(Number(rows) * Number(columns));
    return Array.from({ length: Number(rows) }, (_, row) =>
      Array.from(values.subarray(row * Number(columns), (row + 1) * Number(columns))),
    );
  }

  test("is a matrix of unit rows as .npy, with the files listed in a .csv next to it", async () => {
    const file = await exported("embeddings", "embeddings.npy");
    const rows = npyRows(file);
    const [columns, ...names] = csvOf(file.replace(/npy$/, "csv"));
    expect(columns).toEqual(["split", "path"]);
    expect(names).toHaveLength(IMAGES);
    expect(rows).toHaveLength(IMAGES);
    for (const row of rows) expect(Math.hypot(...row)).toBeCloseTo(1, 5);
    const rowOf = (split: string, path: string) =>
      rows[names.findIndex((name) => name[0] === split && name[1] === path)];
    expect(rowOf("train", "cat/001.jpg")).toEqual(rowOf("test", "cat/copy-a.jpg"));
    expect(rowOf("train", "cat/001.jpg")).not.toEqual(rowOf("train", "cat/002.jpg"));
  });

  test("has the same content as JSON lines and as Parquet", async () => {
    const matrix = npyRows(await exported("embeddings", "embeddings.npy"));
    const vectors = (rows: Record<string, unknown>[]) =>
      rows.map(({ embedding }) => Array.from(Float32Array.from(embedding as number[])));
    expect(vectors(jsonLinesOf(await exported("embeddings", "e.jsonl")))).toEqual(matrix);
    expect(vectors(await parquetOf(await exported("embeddings", "e.parquet")))).toEqual(matrix);
    expect(csvOf(await exported("embeddings", "e.csv"))).toHaveLength(1 + IMAGES);
  });
});

test.each([
  ["images", "images.npy", /A \.npy file can hold only embeddings/],
  ["images", "images.xlsx", /Expected a file that ends in \.parquet, \.csv or \.jsonl/],
  ["neighbors", "neighbors", /Expected a file that ends in/],
])("exporting %s to %s is refused in one line", async (what, name, message) => {
  const words = ["export", project, "--what", what, "--out", join(freshFolder(), name)];
  const { code, stderr } = await run(words);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd()).not.toContain("\n");
});
