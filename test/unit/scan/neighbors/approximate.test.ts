import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { approximateNeighbors } from "../../../../src-main/engine/scan/neighbors/approximate.ts";
import { bruteForce, foundRows, unitVectors } from "../../../support/vectors.ts";

const n = 600;
const base = unitVectors(n, 16);
const selfOf = Int32Array.from({ length: n }, (_, i) => i);
const search = { queries: base, base, dimensions: 16, metric: "cosine" as const, k: 6, selfOf };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "twinlens-approximate-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("approximate neighbors", () => {
  test.each(["cosine", "euclidean"] as const)("by %s are nearly all correct", async (metric) => {
    const { neighbors, recall } = await approximateNeighbors({ ...search, metric });
    const truth = bruteForce({ ...search, metric }).rows;
    const hits = foundRows(neighbors).flatMap((rows, query) =>
      rows.filter((row) => truth[query]?.includes(row)),
    );
    expect(hits.length / (n * search.k)).toBeGreaterThan(0.98);
    expect(recall).toBeCloseTo(hits.length / (n * search.k), 2);
  });

  test("have scores in double precision and never include the query itself", async () => {
    const { neighbors } = await approximateNeighbors(search);
    const truth = bruteForce(search);
    expect(neighbors.scores[0]).toBe(truth.scores[0]?.[0]);
    foundRows(neighbors).forEach((rows, query) => {
      expect(rows).not.toContain(query);
    });
  });

  test("do not depend on the number of threads or on the cache", async () => {
    const cache = { folder, key: "base" };
    const one = await approximateNeighbors({ ...search, threads: 1 });
    expect(await approximateNeighbors({ ...search, threads: 64 }, cache)).toEqual(one);
    expect(await approximateNeighbors({ ...search, threads: 2 }, cache)).toEqual(one);
    expect(readdirSync(folder)).toEqual(["base.v1.usearch", "base.v1.usearch.sha256"]);
  });

  test("exist for a single query in a base of one row", async () => {
    const single = { ...search, queries: base.slice(0, 16), base: base.slice(16, 32) };
    const { neighbors, recall } = await approximateNeighbors({
      ...single,
      selfOf: Int32Array.of(-1),
    });
    expect(foundRows(neighbors)).toEqual([[0]]);
    expect(recall).toBe(1);
  });

  test.each([
    ["cut short", (file: string) => truncateSync(file, 5000)],
    ["empty", (file: string) => writeFileSync(file, "")],
    ["not an index", (file: string) => writeFileSync(file, "x".repeat(100_000))],
  ])("come from a new index when the cached one is %s", async (_, damage) => {
    const cache = { folder, key: "base" };
    const before = await approximateNeighbors(search, cache);
    const file = path.join(folder, "base.v1.usearch");
    const bytes = readFileSync(file);
    damage(file);
    expect(await approximateNeighbors(search, cache)).toEqual(before);
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  test("come from a new index when the cached one has another size", async () => {
    const cache = { folder, key: "base" };
    await approximateNeighbors({ ...search, base: base.slice(0, 1600) }, cache);
    expect(await approximateNeighbors(search, cache)).toEqual(await approximateNeighbors(search));
  });

  test("stop when canceled", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(approximateNeighbors({ ...search, signal })).rejects.toThrow("enough");
  });
});
