import { existsSync } from "node:fs";
import { setImmediate, setTimeout } from "node:timers/promises";
import { ImageId } from "../../../contract/ids.ts";
import type { Calibration } from "../../../contract/model-manifest.ts";
import type { FirstFinds } from "../../../contract/scans.ts";
import { pathTextFromBytes } from "../../../text/paths.ts";
import { countEmbeddedFiles, type EmbeddedFile, embeddedFiles } from "../../data/embedded-files.ts";
import { modelOutputId } from "../../data/model-outputs.ts";
import { openProject, type Project } from "../../data/project-file.ts";
import { scannedSplits } from "../../data/splits-table.ts";
import {
  GENERIC_CALIBRATION,
  LAST_DENSITY_RANK,
  localDensity,
  pairConfidence,
} from "../../scan/confidence/confidence.ts";
import { loadModel, selectOutputs } from "../../scan/embed/manifest.ts";
import { exactNeighbors } from "../../scan/neighbors/exact.ts";
import type { Neighbors } from "../../scan/neighbors/rerank.ts";
import type { PauseGate } from "../../scan/pause-gate.ts";
import type { ScanOrder } from "../../scan/scan-run.ts";

/** Maximum number of distinct images to compare. Comparing more would take too much CPU time from the scan. */
const MOST_IMAGES = 20_000;
const MOST_PAIRS = 60;
/** The likeliest pairs are among each other's nearest few neighbors. */
const RANKS_LOOKED_AT = 3;
/** Search again when this many times as many images are embedded. */
const GROWTH = 1.25;
/** Images read between two turns of the event loop. */
const ROWS_PER_TURN = 1000;
/** While the scan runs, the search sleeps this many times as long as it works. */
const REST = 3;
const LONGEST_REST_MS = 1000;

/** Distinct images embedded so far, with all their files. */
interface Embedded {
  /** Files of each node, by id. */
  readonly nodes: EmbeddedFile[][];
  /** Unit vectors, row-major `[nodes, dimensions]`. */
  readonly vectors: Float32Array;
  readonly dimensions: number;
  readonly files: number;
}

interface Output {
  readonly modelSha256: string;
  readonly name: string;
  readonly dimensions: number;
  readonly calibration: Calibration;
}

const NOTHING: FirstFinds = { images: 0, pairs: [] };

/** Searches for duplicates while the scan is still embedding. Computes only on request. */
export class FirstFindsSearch {
  readonly #order: ScanOrder;
  readonly #gate: PauseGate;
  readonly #stop = new AbortController();
  #latest: FirstFinds = NOTHING;
  /** Number of files of each split in the latest search. */
  #shares: ReadonlyMap<number, number> = new Map();
  #searching: Promise<void> | undefined;
  #output: Promise<Output> | undefined;

  constructor(order: ScanOrder, gate: PauseGate) {
    this.#order = order;
    this.#gate = gate;
  }

  /**
   * Pairs among the images embedded so far, at most {@link MOST_IMAGES}. Waits for the first search; afterwards, it returns the latest
   * result and searches again in the background when a quarter more images are embedded.
   */
  async get(): Promise<FirstFinds> {
    if (!this.#stop.signal.aborted) {
      this.#searching ??= this.#search().finally(() => {
        this.#searching = undefined;
      });
      if (this.#latest.images === 0) await this.#searching;
      // Ignore its error while there is an older result: the next search may succeed.
      else this.#searching.catch(() => {});
    }
    return this.#latest;
  }

  /** Stops searching, because the scan has ended and its report is complete. */
  end(): void {
    this.#stop.abort();
  }

  /** Whether any split grew enough for another search; a split that just started always counts. */
  #hasGrown(shares: ReadonlyMap<number, number>): boolean {
    return [...shares].some(([split, share]) => {
      const before = this.#shares.get(split) ?? 0;
      return share > before && share >= GROWTH * before;
    });
  }

  async #search(): Promise<void> {
    const { signal } = this.#stop;
    try {
      // The scan creates its project a moment after it starts.
      if (!existsSync(this.#order.project)) return;
      this.#output ??= readOutput(this.#order);
      const output = await this.#output;
      using project = openProject(this.#order.project);
      const modelOutput = modelOutputId(project, output.modelSha256, output.name);
      if (modelOutput === undefined) return;
      const counts = countEmbeddedFiles(project, modelOutput, scannedSplits(project), MOST_IMAGES);
      const shares = sharesOf(counts, MOST_IMAGES);
      if (!this.#hasGrown(shares)) return;
      const embedded = await readEmbedded(project, modelOutput, output.dimensions, shares, signal);
      if (embedded.files === 0) return;
      const found = await exactNeighbors({
        queries: embedded.vectors,
        base: embedded.vectors,
        dimensions: output.dimensions,
        metric: "cosine",
        k: LAST_DENSITY_RANK,
        selfOf: Int32Array.from(embedded.nodes, (_, node) => node),
        threads: 1,
        signal,
        checkpoint: restingCheckpoint(this.#gate),
      });
      this.#shares = shares;
      this.#latest = { images: embedded.files, pairs: likeliest(embedded, found, output) };
    } catch (cause) {
      if (!signal.aborted) throw cause;
    }
  }
}

/**
 * Distributes a limit evenly; what a small group does not use goes to the others.
 * @param counts size of each group
 * @param most maximum sum of the shares
 */
export function sharesOf<K>(counts: ReadonlyMap<K, number>, most: number): Map<K, number> {
  const shares = new Map<K, number>();
  let left = most;
  let others = counts.size;
  for (const [key, count] of [...counts].sort(([, a], [, b]) => a - b)) {
    const share = Math.min(count, Math.floor(left / others--));
    shares.set(key, share);
    left -= share;
  }
  return shares;
}

/** Limits the search to a share of the time while the scan needs the CPU. */
function restingCheckpoint(gate: PauseGate): () => Promise<void> {
  let workedFrom = performance.now();
  return async () => {
    const worked = performance.now() - workedFrom;
    if (gate.paused) await setImmediate();
    else await setTimeout(Math.min(LONGEST_REST_MS, REST * worked));
    workedFrom = performance.now();
  };
}

/** The first model output that the scan uses. */
async function readOutput(order: ScanOrder): Promise<Output> {
  const { manifest, sha256 } = await loadModel(order.model);
  const [output] = selectOutputs(manifest, order.modelOutputs);
  if (!output) throw new Error(`The model ${manifest.name} has no output`);
  const { name, dimensions } = output;
  const calibration = manifest.calibration?.[name] ?? GENERIC_CALIBRATION;
  return { modelSha256: sha256, name, dimensions, calibration };
}

/** @param shares number of files to read, by split id */
async function readEmbedded(
  project: Project,
  modelOutput: number,
  dimensions: number,
  shares: ReadonlyMap<number, number>,
  signal: AbortSignal,
): Promise<Embedded> {
  const byDigest = new Map<string, EmbeddedFile[]>();
  let files = 0;
  for (const row of embeddedFiles(project, modelOutput, shares)) {
    const key = row.digest.toString("latin1");
    const copies = byDigest.get(key);
    if (copies) copies.push(row);
    else byDigest.set(key, [row]);
    if (++files % ROWS_PER_TURN === 0) {
      await setImmediate();
      signal.throwIfAborted();
    }
  }
  const nodes = [...byDigest.values()];
  const vectors = new Float32Array(nodes.length * dimensions);
  const bytes = new Uint8Array(vectors.buffer);
  nodes.forEach(([first], node) => {
    if (first) bytes.set(first.vector, node * dimensions * Float32Array.BYTES_PER_ELEMENT);
  });
  return { nodes, vectors, dimensions, files };
}

/**
 * Pairs across splits, then pairs within one; copies first in both, then by confidence from similarity and density alone. Each half of
 * the list may use what the other leaves free.
 */
function likeliest(
  { nodes }: Embedded,
  found: Neighbors,
  { calibration }: Output,
): FirstFinds["pairs"] {
  const pairs: FirstFinds["pairs"] = [];
  for (const [first, ...copies] of nodes) {
    if (!first) continue;
    for (const copy of copies) pairs.push(asPair(first, copy, 1));
  }
  const { k, rows, scores } = found;
  const density = nodes.map((_, node) =>
    localDensity(
      [...scores.subarray(node * k, (node + 1) * k)].filter(Number.isFinite),
      calibration.typicalDensity,
    ),
  );
  const candidates = new Map<number, { a: number; b: number; similarity: number; sure: number }>();
  rows.forEach((other, at) => {
    if (other < 0 || at % k >= RANKS_LOOKED_AT) return;
    const node = Math.floor(at / k);
    const [a, b] = node < other ? [node, other] : [other, node];
    const key = a * nodes.length + b;
    if (candidates.has(key)) return;
    const similarity = scores[at] ?? 0;
    const sure = pairConfidence(calibration, {
      similarity,
      densityA: density[a] ?? 0,
      densityB: density[b] ?? 0,
      kind: "similar",
      score: 0,
    });
    candidates.set(key, { a, b, similarity, sure });
  });
  const best = [...candidates.values()].sort((p, q) => q.sure - p.sure || p.a - q.a || p.b - q.b);
  for (const { a, b, similarity } of best) {
    const [first, second] = [nodes[a]?.[0], nodes[b]?.[0]];
    if (first && second) pairs.push(asPair(first, second, similarity));
  }
  const across = pairs.filter(({ splitA, splitB }) => splitA !== splitB);
  const within = pairs.filter(({ splitA, splitB }) => splitA === splitB);
  const half = Math.max(MOST_PAIRS / 2, MOST_PAIRS - within.length);
  const first = across.slice(0, half);
  return [...first, ...within.slice(0, MOST_PAIRS - first.length)];
}

function asPair(one: EmbeddedFile, other: EmbeddedFile, similarity: number) {
  const [a, b] = one.id < other.id ? [one, other] : [other, one];
  return {
    a: ImageId.parse(a.id),
    b: ImageId.parse(b.id),
    splitA: a.split,
    splitB: b.split,
    pathA: pathTextFromBytes(a.path),
    pathB: pathTextFromBytes(b.path),
    similarity,
  };
}
