/**
 * Finds the size from which approximate search is faster. Runs exact and approximate all-pairs search of the same vectors
 * one after the other, which exposes both to the same load.
 *
 *     node test/bench/crossover.ts [sizes, default 5000,10000,20000,40000] [dimensions, default 256] [threads]
 *
 * The vectors resemble embeddings of photos: clusters of very different sizes in a 32-dimensional subspace, with a tenth of
 * the rows near copies of others. (Uniform noise is HNSW's worst case.)
 */
import os from "node:os";
import { approximateNeighbors } from "../../src-main/engine/scan/neighbors/approximate.ts";
import { exactNeighbors } from "../../src-main/engine/scan/neighbors/exact.ts";

const sizes = (process.argv[2] ?? "5000,10000,20000,40000").split(",").map(Number);
const dimensions = Number(process.argv[3] ?? 256);
const threads = Number(process.argv[4] ?? os.availableParallelism());
const k = 21;

console.log(`${dimensions} dimensions, k = ${k}, ${threads} threads, load ${os.loadavg()[0]}`);
console.log("     n   exact s (cpu)   approximate s (cpu)   exact / approximate   recall");
for (const n of sizes) {
  const base = mixture(n, dimensions);
  const search = {
    queries: base,
    base,
    dimensions,
    k,
    metric: "cosine" as const,
    selfOf: Int32Array.from({ length: n }, (_, i) => i),
    threads,
  };
  const exact = await timed(() => exactNeighbors(search));
  const approximate = await timed(() => approximateNeighbors(search));
  console.log(
    `${n}`.padStart(6),
    `${exact.seconds.toFixed(2)} (${exact.cpu.toFixed(1)})`.padStart(15),
    `${approximate.seconds.toFixed(2)} (${approximate.cpu.toFixed(1)})`.padStart(21),
    (exact.seconds / approximate.seconds).toFixed(2).padStart(21),
    approximate.result.recall.toFixed(4).padStart(8),
  );
}

async function timed<T>(action: () => Promise<T>) {
  const cpuStart = process.cpuUsage();
  const start = performance.now();
  const result = await action();
  const { user, system } = process.cpuUsage(cpuStart);
  return { result, seconds: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

/** Unit vectors, row-major `[n, d]`, the same in every run, in shared memory like the engine's. */
function mixture(n: number, d: number): Float32Array {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const normals = (count: number) => Float32Array.from({ length: count }, normal);
  const latent = 32;
  const projection = normals(latent * d);
  const centers = normals(Math.ceil(n / 50) * latent);
  const rows = new Float32Array(new SharedArrayBuffer(n * d * Float32Array.BYTES_PER_ELEMENT));
  for (let i = 0; i < n; i++) {
    const row = rows.subarray(i * d, (i + 1) * d);
    if (i > 0 && uniform() < 0.1) {
      const original = Math.floor(uniform() * i);
      row.set(rows.subarray(original * d, (original + 1) * d));
      for (let j = 0; j < d; j++) row[j] = (row[j] ?? 0) + (0.2 / Math.sqrt(d)) * normal();
    } else {
      const center = Math.floor(uniform() ** 2 * (centers.length / latent)) * latent;
      for (let l = 0; l < latent; l++) {
        const position = (centers[center + l] ?? 0) + 0.6 * normal();
        for (let j = 0; j < d; j++)
          row[j] = (row[j] ?? 0) + position * (projection[l * d + j] ?? 0);
      }
    }
    const norm = Math.hypot(...row);
    for (let j = 0; j < d; j++) row[j] = (row[j] ?? 0) / norm;
  }
  return rows;
}
