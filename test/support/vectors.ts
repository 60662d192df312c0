import type { NeighborSearch } from "../../src-main/engine/scan/neighbors/rerank.ts";

/** Pseudo-random unit vectors, row-major `[n, dimensions]`, determined by the seed. */
export function unitVectors(n: number, dimensions: number, seed = 1): Float32Array {
  let state = seed;
  const vectors = new Float32Array(n * dimensions);
  for (let i = 0; i < n; i++) {
    const row = vectors.subarray(i * dimensions, (i + 1) * dimensions);
    for (let j = 0; j < dimensions; j++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      row[j] = state / 2 ** 32 - 0.5;
    }
    const norm = Math.hypot(...row);
    for (let j = 0; j < dimensions; j++) row[j] = (row[j] ?? 0) / norm;
  }
  return vectors;
}

/** Neighbors by comparing every query with every row and sorting. Slow but obviously correct. */
export function bruteForce(search: NeighborSearch): { rows: number[][]; scores: number[][] } {
  const { queries, base, dimensions: d, metric, k, selfOf } = search;
  const rows: number[][] = [];
  const scores: number[][] = [];
  for (let query = 0; query < queries.length / d; query++) {
    const all: { row: number; score: number }[] = [];
    for (let row = 0; row < base.length / d; row++) {
      if (selfOf?.[query] === row) continue;
      let [product, squared] = [0, 0];
      for (let i = 0; i < d; i++) {
        const [a, b] = [queries[query * d + i] ?? 0, base[row * d + i] ?? 0];
        product += a * b;
        squared += (a - b) ** 2;
      }
      all.push({ row, score: metric === "cosine" ? product : -Math.sqrt(squared) });
    }
    all.sort((a, b) => b.score - a.score || a.row - b.row);
    rows.push(all.slice(0, k).map(({ row }) => row));
    scores.push(all.slice(0, k).map(({ score }) => score));
  }
  return { rows, scores };
}

/** Rows found per query, without padding. */
export function foundRows({ rows, k }: { rows: Int32Array; k: number }): number[][] {
  return Array.from({ length: k === 0 ? 0 : rows.length / k }, (_, i) =>
    Array.from(rows.subarray(i * k, (i + 1) * k)).filter((row) => row >= 0),
  );
}
