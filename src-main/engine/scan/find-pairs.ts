import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Calibration } from "../../contract/model-manifest.ts";
import { Embeddings } from "../data/embeddings.ts";
import type { Nodes } from "../data/nodes.ts";
import { emptyPairs, type Pairs } from "../data/pairs.ts";
import { rowDistance, rowDot, type Space, spaceOf } from "../vectors/space.ts";
import { type FoundNeighbors, findNeighbors } from "./find-neighbors.ts";
import { EXACT_BELOW } from "./neighbors/approximate.ts";
import type { ScanRun, StoredOutput } from "./scan-run.ts";
import type { CatalogSplit } from "./walk-splits.ts";

/** Pairs measured between two checkpoints. */
const PAIRS_PER_CHECKPOINT = 512;

/** Pairs of nodes in which at least one is among the other's nearest. */
export interface MeasuredPairs {
  /** Confidence and kind are still 0. */
  readonly pairs: Pairs;
  /** Per pair, the better of the two ranks at which the nodes found each other, from 0. */
  readonly ranks: Uint16Array;
}

export interface FoundPairs {
  readonly found: FoundNeighbors;
  readonly measured: MeasuredPairs;
}

/** Finds every node's nearest neighbors by one model output. @param index of the output in `run.modelOutputs` */
export async function findPairs(
  run: ScanRun,
  index: number,
  splits: readonly CatalogSplit[],
  nodes: Nodes,
  calibration: Calibration,
): Promise<FoundPairs> {
  const pairs = await searchPairs(run, index, splits, nodes, calibration);
  // The embeddings, a large part of all memory, are unreachable from here on.
  collectGarbage();
  return pairs;
}

async function searchPairs(
  run: ScanRun,
  index: number,
  splits: readonly CatalogSplit[],
  nodes: Nodes,
  { typicalDensity }: Calibration,
): Promise<FoundPairs> {
  const { project, order, model, modelOutputs, threads, signal, emit, gate } = run;
  const { id, name, dimensions } = modelOutputs[index] as StoredOutput; // the caller iterates over them
  const embeddings = new Embeddings(project, nodes, id, dimensions).all();
  collectGarbage();
  const preset = order.preset ?? null;
  const space = spaceOf(embeddings, dimensions, nodes.copies, { preset, pca: order.pca ?? null });
  const found = await findNeighbors({
    nodes,
    splits,
    space,
    embeddings,
    dimensions,
    // DNIKit counts an image among its own neighbors.
    k: preset === "dnikit" ? Math.max(1, order.neighbors - 1) : order.neighbors,
    approximateFrom: order.exact
      ? Number.POSITIVE_INFINITY
      : (order.approximateFrom ?? EXACT_BELOW),
    typicalDensity,
    indexFolder: join(project.cacheFolder, "indexes", `${model.sha256.slice(0, 16)}-${name}`),
    threads,
    signal,
    checkpoint: gate.checkpoint,
    onProgress: (share) =>
      emit({
        type: "progress",
        stage: "neighbors",
        done: Math.round(((index + share) / modelOutputs.length) * nodes.count),
        total: nodes.count,
        unreadable: 0,
      }),
  });
  return {
    found,
    measured: await measurePairs(run, nodes, found, { space, embeddings, dimensions }),
  };
}

interface Vectors {
  readonly space: Space;
  /** Unit vectors, row-major `[nodes, dimensions]`. */
  readonly embeddings: Float32Array;
  readonly dimensions: number;
}

/** Turns neighbor lists into distinct pairs with similarity and distance. */
async function measurePairs(
  { signal, gate }: ScanRun,
  nodes: Nodes,
  found: FoundNeighbors,
  { space, embeddings, dimensions }: Vectors,
): Promise<MeasuredPairs> {
  const { keys, ranks } = pairKeys(found, nodes.count);
  const pairs = emptyPairs(keys.length);
  for (let row = 0; row < keys.length; row++) {
    if (row % PAIRS_PER_CHECKPOINT === 0) {
      await setImmediate();
      await gate.checkpoint();
      signal.throwIfAborted();
    }
    const key = keys[row] as number; // `row` is below the number of pairs
    const a = Math.floor(key / nodes.count);
    const b = key % nodes.count;
    pairs.a[row] = a;
    pairs.b[row] = b;
    pairs.similarity[row] = rowDot(embeddings, dimensions, a, b);
    pairs.distance[row] = rowDistance(space.vectors, space.dimensions, a, b);
  }
  return { pairs, ranks };
}

/** Exceeds the largest number of neighbors, which lets a key and a rank share one number. */
const RANK_RANGE = 1024;

/**
 * Every pair in which one node is among the other's nearest, once.
 * @returns keys `a * nodes + b` with `a < b`, ascending, and the better of the two ranks per key, from 0
 */
export function pairKeys(
  { bySplit }: Pick<FoundNeighbors, "bySplit">,
  nodes: number,
): { keys: Float64Array; ranks: Uint16Array } {
  const all = new Float64Array(bySplit.reduce((sum, { nearest }) => sum + nearest.length, 0));
  let length = 0;
  for (const { nearest, k } of bySplit) {
    nearest.forEach((other, index) => {
      if (other < 0) return;
      const node = Math.floor(index / k);
      const key = Math.min(node, other) * nodes + Math.max(node, other);
      all[length++] = key * RANK_RANGE + (index % k);
    });
  }
  // Sorted in place: Float64Array.from() and the like would box every number.
  const sorted = all.subarray(0, length).sort();
  let count = 0;
  let last = -1;
  const ranks = new Uint16Array(length);
  for (const ranked of sorted) {
    const key = Math.floor(ranked / RANK_RANGE);
    if (key === last) continue;
    last = key;
    ranks[count] = ranked % RANK_RANGE;
    sorted[count++] = key;
  }
  return { keys: sorted.slice(0, count), ranks: ranks.slice(0, count) };
}

let gc: (() => void) | undefined;

/**
 * Frees a stage's memory before the next stage allocates its own; otherwise V8 may let garbage and its off-heap buffers double
 * the memory in use. Takes tens of milliseconds.
 */
function collectGarbage(): void {
  if (!gc) {
    // The process cannot be started with this flag everywhere. A context created after setting it has the function.
    setFlagsFromString("--expose-gc");
    gc = runInNewContext("gc") as () => void;
    setFlagsFromString("--no-expose-gc");
  }
  gc();
}
