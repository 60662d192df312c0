import { describe, expect, test } from "vitest";
import { exactNeighbors } from "../../../../src-main/engine/scan/neighbors/exact.ts";
import type { Metric } from "../../../../src-main/engine/vectors/float32.ts";
import { bruteForce, foundRows, unitVectors } from "../../../support/vectors.ts";

const identity = (n: number) => Int32Array.from({ length: n }, (_, i) => i);

describe.each<Metric>(["cosine", "euclidean"])("exact neighbors by %s", (metric) => {
  test("equal those of a brute-force search", async () => {
    const base = unitVectors(300, 24);
    const search = { queries: base, base, dimensions: 24, metric, k: 9, selfOf: identity(300) };
    const neighbors = await exactNeighbors(search);
    const truth = bruteForce(search);
    expect(foundRows(neighbors)).toEqual(truth.rows);
    for (const [i, score] of truth.scores.flat().entries())
      expect(neighbors.scores[i]).toBeCloseTo(score, 14);
  });

  test("of vectors outside the base include every row", async () => {
    const base = unitVectors(50, 8).map((value) => value * 3);
    const search = { queries: unitVectors(5, 8, 9), base, dimensions: 8, metric, k: 4 };
    expect(foundRows(await exactNeighbors(search))).toEqual(bruteForce(search).rows);
  });

  test("span tiles of the base", async () => {
    const base = unitVectors(33_500, 4);
    const search = { queries: unitVectors(2, 4, 5), base, dimensions: 4, metric, k: 12 };
    expect(foundRows(await exactNeighbors(search))).toEqual(bruteForce(search).rows);
  });

  test("among some rows of the base equal those in a base of only these rows", async () => {
    const base = unitVectors(9000, 8);
    const among = Int32Array.from({ length: 8500 }, (_, i) => i + 400);
    const search = { base, queries: unitVectors(3, 8, 5), dimensions: 8, metric, k: 6 };
    const neighbors = await exactNeighbors({ ...search, among });
    const alone = await exactNeighbors({ ...search, base: base.slice(400 * 8, 8900 * 8) });
    expect(neighbors.rows).toEqual(alone.rows.map((row) => row + 400));
    expect(neighbors.scores).toEqual(alone.scores);
  });

  test("that are equally near are ordered by row", async () => {
    const one = unitVectors(1, 16);
    const base = new Float32Array(300 * 16);
    for (let i = 0; i < 300; i++) base.set(one, i * 16);
    const search = { queries: base, base, dimensions: 16, metric, k: 3, selfOf: identity(300) };
    const rows = foundRows(await exactNeighbors(search));
    expect(rows[0]).toEqual([1, 2, 3]);
    expect(rows[299]).toEqual([0, 1, 2]);
  });

  test("are ordered correctly below float32 precision", async () => {
    // 200 rows so close to one vector that single-precision dot products cannot order them.
    const center = unitVectors(1, 64);
    const base = unitVectors(200, 64, 3).map((value, i) => (center[i % 64] ?? 0) + 2e-5 * value);
    const search = { queries: base, base, dimensions: 64, metric, k: 5, selfOf: identity(200) };
    expect(foundRows(await exactNeighbors(search))).toEqual(bruteForce(search).rows);
  });

  test("of vectors in nearly the same direction are ordered correctly", async () => {
    // Like a model with nearly the same output for every image: cosines differ in the fifth decimal.
    const center = unitVectors(1, 64);
    const base = unitVectors(2000, 64, 3).map((value, i) => (center[i % 64] ?? 0) + 0.01 * value);
    const search = { queries: base.slice(0, 640), base, dimensions: 64, metric, k: 5 };
    expect(foundRows(await exactNeighbors(search))).toEqual(bruteForce(search).rows);
  });

  test("do not depend on the number of threads", async () => {
    const base = unitVectors(1500, 32);
    const search = { queries: base, base, dimensions: 32, metric, k: 10 };
    const one = await exactNeighbors({ ...search, threads: 1 });
    expect(await exactNeighbors({ ...search, threads: 3 })).toEqual(one);
  });

  test("are padded with -1 when there are fewer than k", async () => {
    const base = unitVectors(3, 5);
    const search = { queries: base, base, dimensions: 5, metric, k: 6, selfOf: identity(3) };
    const neighbors = await exactNeighbors(search);
    expect(foundRows(neighbors).map((rows) => rows.length)).toEqual([2, 2, 2]);
    expect(Array.from(neighbors.rows.subarray(2, 6))).toEqual([-1, -1, -1, -1]);
    expect(neighbors.scores[5]).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("exact neighbors by products of bytes", () => {
  /** Enough queries to quantize rows to bytes. */
  const queries = 1100;

  test("equal those of a brute-force search when many rows are almost equally near", async () => {
    const base = unitVectors(queries, 24);
    for (let copy = 0; copy < 400; copy++) {
      // Closer to each other than the rounding error of bytes.
      const nudge = unitVectors(1, 24, copy + 7).map((value) => value * 1e-4);
      for (let i = 0; i < 24; i++)
        base[(700 + copy) * 24 + i] = (base[(copy % 8) * 24 + i] ?? 0) + (nudge[i] ?? 0);
    }
    const search = { queries: base, base, dimensions: 24, metric: "cosine", k: 9 } as const;
    const withSelf = { ...search, selfOf: identity(queries) };
    expect(foundRows(await exactNeighbors(withSelf))).toEqual(bruteForce(withSelf).rows);
  });

  test("come from float32 alone when bytes cannot separate rows", async () => {
    // Frames of three films.
    const base = unitVectors(3 * queries, 16).map((value, at) => {
      const film = Math.floor(at / 16) % 3;
      return Math.sin(film + (at % 16)) + 1e-3 * value;
    });
    for (let row = 0; row < 3 * queries; row++) {
      const norm = Math.hypot(...base.subarray(row * 16, (row + 1) * 16));
      for (let i = row * 16; i < (row + 1) * 16; i++) base[i] = (base[i] ?? 0) / norm;
    }
    const search = { queries: base, base, dimensions: 16, metric: "cosine", k: 3 } as const;
    const shares: number[] = [];
    const found = await exactNeighbors({ ...search, onProgress: (done) => shares.push(done) });
    const some = { ...search, queries: base.slice(-100 * 16) };
    expect(foundRows(found).slice(-100)).toEqual(bruteForce(some).rows);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  test("are correct when every product has the largest possible value", async () => {
    const base = unitVectors(queries, 32).map((value) => Math.sign(value) / Math.sqrt(32));
    const search = { queries: base, base, dimensions: 32, metric: "cosine", k: 5 } as const;
    expect(foundRows(await exactNeighbors(search))).toEqual(bruteForce(search).rows);
  });

  test("of zero vectors are the first rows", async () => {
    const base = new Float32Array(queries * 8);
    const search = { queries: base, base, dimensions: 8, metric: "cosine", k: 3 } as const;
    expect(foundRows(await exactNeighbors(search))[queries - 1]).toEqual([0, 1, 2]);
  });

  test("are the same on worker threads", async () => {
    const rows = 15_000;
    const base = new Float32Array(new SharedArrayBuffer(rows * 8 * Float32Array.BYTES_PER_ELEMENT));
    base.set(unitVectors(rows, 8));
    const among = identity(rows).filter((row) => row % 50 > 0);
    const search = { queries: base, base, among, dimensions: 8, metric: "cosine", k: 4 } as const;
    const alone = await exactNeighbors({ ...search, queries: base.slice(), threads: 1 });
    const shares: number[] = [];
    const options = { threads: 2, onProgress: (done: number) => shares.push(done) };
    expect(await exactNeighbors({ ...search, ...options })).toEqual(alone);
    expect(shares.at(-1)).toBe(1);
    const stopping = exactNeighbors({
      ...search,
      ...options,
      checkpoint: async () => {
        throw new Error("enough");
      },
    });
    await expect(stopping).rejects.toThrow("enough");
  });
});

describe("exact search", () => {
  const base = unitVectors(1200, 8);
  const search = { queries: base, base, dimensions: 8, metric: "cosine" as const, k: 2 };

  test("returns nothing for no queries, no rows or k = 0", async () => {
    const none = new Float32Array();
    expect((await exactNeighbors({ ...search, queries: none })).rows).toHaveLength(0);
    expect(new Set((await exactNeighbors({ ...search, base: none })).rows)).toEqual(new Set([-1]));
    expect((await exactNeighbors({ ...search, k: 0 })).rows).toHaveLength(0);
  });

  test("reports its progress", async () => {
    const shares: number[] = [];
    await exactNeighbors({ ...search, onProgress: (done) => shares.push(done) });
    expect(shares.length).toBeGreaterThan(1);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  test("stops when canceled", async () => {
    const controller = new AbortController();
    const stopping = exactNeighbors({
      ...search,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("enough")),
    });
    await expect(stopping).rejects.toThrow("enough");
  });

  test("rejects numbers that are not finite and incomplete rows", async () => {
    const broken = base.slice();
    broken[9] = Number.NaN;
    await expect(exactNeighbors({ ...search, base: broken })).rejects.toThrow("row 1 has NaN");
    await expect(exactNeighbors({ ...search, dimensions: 7 })).rejects.toThrow(RangeError);
  });
});
