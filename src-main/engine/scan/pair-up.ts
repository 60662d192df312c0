import { readFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { EVIDENCE_KINDS, type EvidenceKind } from "../../contract/evidence-kind.ts";
import type { Calibration } from "../../contract/model-manifest.ts";
import { evidenceFactsReader, pixelDigestWriter, thumbnailWriter } from "../data/contents-table.ts";
import { filePathReader } from "../data/files-table.ts";
import { firstFile, type NodeFile, type Nodes } from "../data/nodes.ts";
import { emptyPairs, type Pairs } from "../data/pairs.ts";
import { inTransaction, type Project } from "../data/project-file.ts";
import { absolutePath } from "../files/paths.ts";
import { rowDistance, rowDot, type Space } from "../vectors/space.ts";
import { nearness, pairConfidence, pairDensity } from "./confidence/confidence.ts";
import { decodeAllPixels, makeThumbnail } from "./decode/decode.ts";
import { pixelDigest } from "./embed-files.ts";
import { comparisonOf, explainSame, type ImageFacts } from "./evidence/evidence.ts";
import { type ExplainedBatch, newPairBatch, type PairBatch } from "./evidence/explain-batch.ts";
import { openExplainer } from "./evidence/explainer.ts";
import { asSignature, SIGNATURE_BYTES } from "./evidence/signature.ts";
import type { FoundNeighbors } from "./find-neighbors.ts";

/** Pairs explained at once by a thread, and measured between two turns of the event loop: a cancel is heard soon. */
const PAIRS_PER_TURN = 512;
/**
 * Fewer pairs are not worth starting threads for, which takes 0.2 s, in a checkout 0.3. The evidence of 74,000 pairs of photos, thumbnails
 * included, took 3.6 and 3.7 s without, 2.1 and 2.7 with two.
 */
const PAIRS_WORTH_THREADS = 20_000;
/** Similarity from which it is worth decoding two pictures of one size in full to see whether they are the same. */
const MAYBE_SAME_PIXELS = 0.995;
/** Nearest pictures in each split that are compared in the first round, however far. */
const RANKS_COMPARED = 2;
/**
 * Nearness from which crops are looked for at once: where either neighborhood is denser than the pair is close, a crop is hardly what
 * made them neighbors. Of photos cropped to half of their area 95.8 % find their photo first with this and the next; on CIFAR-10 lower ones
 * find nothing more and take up to half as long again.
 */
const STANDS_OUT = 0.15;
/** The same for the nearest in a split. */
const NEAREST_STANDS_OUT = 0.05;
/**
 * Nearness from which other turns than those by 90 degrees are looked for where nothing else explains a pair, at 1.4 ms each, so only for the
 * nearest in a split. Nine in ten photos that were straightened by 7 degrees stand out by 0.76 or more, three in four of those turned by 15
 * with white corners by 0.63.
 */
const STANDS_FAR_OUT = 0.6;
/** Probability of being a duplicate from which a pair is a likely one: its pictures are looked at closer and get thumbnails. */
const LIKELY = 0.2;
/** Longer side of a stored thumbnail in pixels. */
const THUMBNAIL_SIDE = 160;
/** Pictures read and decoded at once for thumbnails and full comparisons, per thread. */
const PICTURES_IN_FLIGHT_PER_THREAD = 4;

/** Between two pieces of the work: other tasks get their turn, and a pause or a cancel is heard. */
interface Turns {
  readonly signal: AbortSignal;
  /** Awaited between two pieces of the work. */
  readonly checkpoint: () => Promise<void>;
}

/** Pairs of nodes that found each other, before anything is known of why they match. */
export interface MeasuredPairs {
  /** Confidence and kind are still 0. */
  readonly pairs: Pairs;
  /** The better of the ranks, from 0, at which the two found each other. */
  readonly ranks: Uint16Array;
}

export interface MeasureOptions extends Turns {
  readonly nodes: Nodes;
  readonly found: FoundNeighbors;
  readonly space: Space;
  /** Unit vectors, row-major `[nodes, dimensions]`. */
  readonly embeddings: Float32Array;
  readonly dimensions: number;
}

/** Turns neighbor lists into pairs, each once, and measures them. Afterwards no embedding is needed any more. */
export async function measurePairs(options: MeasureOptions): Promise<MeasuredPairs> {
  const { nodes, found, space, embeddings, dimensions } = options;
  const { keys, ranks } = pairKeys(found, nodes.count);
  const count = keys.length;
  const pairs = emptyPairs(count);
  await forEachRow(count, options, (row) => {
    const key = keys[row] as number; // `row` is below the number of pairs
    const a = Math.floor(key / nodes.count);
    const b = key % nodes.count;
    pairs.a[row] = a;
    pairs.b[row] = b;
    pairs.similarity[row] = rowDot(embeddings, dimensions, a, b);
    pairs.distance[row] = rowDistance(space.vectors, space.dimensions, a, b);
  });
  return { pairs, ranks };
}

export interface PairUpOptions extends Turns {
  readonly project: Project;
  readonly nodes: Nodes;
  readonly found: FoundNeighbors;
  readonly measured: MeasuredPairs;
  readonly calibration: Calibration;
  readonly threads: number;
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Says of each pair why it matches and how sure that is.
 *
 * Comparing pixels is the dear part, and most pairs are just each other's nearest strangers. So it goes in two rounds:
 * 1. pairs that stand out of their neighborhoods are compared in full, of the rest the nearest in each split without the search for
 *    crops;
 * 2. of the pictures that turned out to have a likely copy, all pairs are compared in full that are closer than the sparser of their
 *    neighborhoods is dense: among many copies of one picture, some lie no nearer to each other than others do.
 * What was not compared counts as `similar` with no agreement.
 */
export async function pairUp(options: PairUpOptions): Promise<Pairs> {
  const { nodes, found, calibration } = options;
  const { pairs, ranks } = options.measured;
  const { count } = pairs;
  const facts = new FactsReader(options.project, nodes);
  await facts.comparePixelsWithinNodes(options);

  await using explainer = openExplainer(
    facts.signatures,
    count < PAIRS_WORTH_THREADS ? 0 : options.threads,
  );
  const unsettled = new Set<number>();
  /** How closely each pair was compared, and is when its turn comes. */
  const looked = new Uint8Array(count);
  const densitiesOf = (row: number) => ({
    densityA: found.density[pairs.a[row] as number] as number, // `row` is below the number of pairs
    densityB: found.density[pairs.b[row] as number] as number,
  });
  const nearnessOf = (row: number) =>
    nearness(pairs.similarity[row] as number, pairDensity(densitiesOf(row)));

  /** Writes down what was found of a pair. */
  function settle(row: number, kind: number, score: number): void {
    pairs.kind[row] = kind;
    pairs.confidence[row] = pairConfidence(calibration, {
      similarity: pairs.similarity[row] as number,
      ...densitiesOf(row),
      kind: EVIDENCE_KINDS[kind] as EvidenceKind, // what came from its index
      score,
    });
  }

  const checkpoint = async () => {
    await options.checkpoint();
    options.signal.throwIfAborted();
  };

  /** Settles every pair that `lookAt` wants to be looked at. */
  async function judge(lookAt: (row: number) => Look, onBatch: (row: number) => void) {
    const batches = batchesOf(pairs, facts, looked, (row) => {
      const look = lookAt(row);
      if (look === "full")
        looked[row] = mayBeTilted(ranks[row] as number, nearnessOf(row)) ? IN_EVERY_WAY : FOR_CROPS;
      if (look === "none") settle(row, UNEXPLAINED, 0);
      if (look === "none" || look === "skip") return false;
      const [a, b] = [pairs.a[row] as number, pairs.b[row] as number];
      const alike = (pairs.similarity[row] as number) >= MAYBE_SAME_PIXELS;
      if (alike && facts.sameSize(a, b)) unsettled.add(row);
      const same = explainSame(facts.of(a), facts.of(b));
      if (same) settle(row, EVIDENCE_KINDS.indexOf(same.kind), same.score);
      return same === null;
    });
    let reached = 0;
    const visit = ({ rows }: RowBatch, { kind, score }: ExplainedBatch) => {
      rows.forEach((row, at) => {
        settle(row, kind[at] as number, score[at] as number);
      });
      reached = Math.max(reached, rows.at(-1) ?? 0); // Batches come back in any order.
      onBatch(reached);
    };
    await explainer.runAll(batches, visit, checkpoint);
  }

  await judge(
    (row) => {
      const rank = ranks[row] as number;
      const standsOut = nearnessOf(row) >= (rank === 0 ? NEAREST_STANDS_OUT : STANDS_OUT);
      return standsOut ? "full" : rank < RANKS_COMPARED ? "whole" : "none";
    },
    (row) => options.onProgress(row, 2 * count),
  );
  const matched = new Uint8Array(nodes.count);
  for (let row = 0; row < count; row++) {
    if ((pairs.confidence[row] as number) < LIKELY) continue;
    matched[pairs.a[row] as number] = 1;
    matched[pairs.b[row] as number] = 1;
  }
  await judge(
    (row) => {
      const isMatched = matched[pairs.a[row] as number] || matched[pairs.b[row] as number];
      if (looked[row] !== NOT_IN_FULL || !isMatched) return "skip";
      const { densityA, densityB } = densitiesOf(row);
      return (pairs.similarity[row] as number) >= Math.min(densityA, densityB) ? "full" : "skip";
    },
    (row) => options.onProgress(count + row, 2 * count),
  );

  const undecided = new Set(
    Array.from(unsettled).flatMap((row) => [pairs.a[row] as number, pairs.b[row] as number]),
  );
  if (undecided.size > 0) {
    await facts.comparePixels(
      [...undecided].map((node) => firstFile(nodes, node)),
      options,
    );
    const again = new Set(unsettled);
    await judge(
      (row) => (again.has(row) ? "full" : "skip"),
      () => {},
    );
  }
  options.onProgress(2 * count, 2 * count);
  return pairs;
}

/** How closely the pictures of a pair are compared: in full, without looking for crops, not at all, or not again. */
type Look = "full" | "whole" | "none" | "skip";

/** Ways of a comparison in full, one dearer than the other. */
const NOT_IN_FULL = 0;
const FOR_CROPS = 1;
const IN_EVERY_WAY = 2;

interface RowBatch extends PairBatch {
  /** Of the pairs. */
  readonly rows: readonly number[];
}

/** The pairs of which `wanted` says so, a few at a time. */
function* batchesOf(
  pairs: Pairs,
  facts: FactsReader,
  looked: Uint8Array,
  wanted: (row: number) => boolean,
): Generator<RowBatch, void> {
  let rows: number[] = [];
  for (let row = 0; row < pairs.count; row++) {
    if (wanted(row)) rows.push(row);
    if (rows.length < PAIRS_PER_TURN) continue;
    yield batchOf(rows, pairs, facts, looked);
    rows = [];
  }
  if (rows.length > 0) yield batchOf(rows, pairs, facts, looked);
}

function batchOf(
  rows: readonly number[],
  pairs: Pairs,
  facts: FactsReader,
  looked: Uint8Array,
): RowBatch {
  const batch = { ...newPairBatch(rows.length), rows };
  rows.forEach((row, at) => {
    const [a, b] = [pairs.a[row] as number, pairs.b[row] as number]; // `row` is one of the pairs
    const { stretch, swapped, crops, tilts } = comparisonOf(facts.of(a), facts.of(b), {
      crops: looked[row] !== NOT_IN_FULL,
      tilts: looked[row] === IN_EVERY_WAY,
    });
    batch.a[at] = a;
    batch.b[at] = b;
    batch.stretch[at] = stretch;
    batch.swapped[at] = Number(swapped);
    batch.crops[at] = Number(crops);
    batch.tilts[at] = Number(tilts);
  });
  return batch;
}

async function forEachRow(
  count: number,
  { signal, checkpoint }: Turns,
  visit: (row: number) => void,
): Promise<void> {
  for (let row = 0; row < count; row++) {
    if (row % PAIRS_PER_TURN === 0) {
      await setImmediate();
      await checkpoint();
      signal.throwIfAborted();
    }
    visit(row);
  }
}

/** Whether a pair is worth laying on each other by any angle. @param rank at which the two found each other, from 0 */
export function mayBeTilted(rank: number, nearer: number): boolean {
  return rank === 0 && nearer >= STANDS_FAR_OUT;
}

/** The kind of pairs whose pictures were not compared. */
const UNEXPLAINED = EVIDENCE_KINDS.indexOf("similar");

/** Ranks in one number with a key: more than the most neighbors that can be asked for. */
const RANK_RANGE = 1024;

/**
 * Each pair in which one node is among the other's nearest, once.
 * @returns keys `a * nodes + b` with `a < b`, ascending, and the better of the ranks, from 0, at which the two found each other.
 */
export function pairKeys(
  { bySplit }: Pick<FoundNeighbors, "bySplit">,
  nodes: number,
): { keys: Float64Array; ranks: Uint16Array } {
  const all = new Float64Array(bySplit.reduce((sum, { nearest }) => sum + nearest.length, 0));
  let length = 0;
  for (const { nearest, k } of bySplit) {
    nearest.forEach((other, at) => {
      if (other < 0) return;
      const node = Math.floor(at / k);
      const key = Math.min(node, other) * nodes + Math.max(node, other);
      all[length++] = key * RANK_RANGE + (at % k);
    });
  }
  // In place: `from` and its like would hold every number as an object meanwhile.
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

/** What the decoding left behind of each picture, read once and kept. */
export class FactsReader {
  readonly #project: Project;
  readonly #nodes: Nodes;
  readonly #facts: (ImageFacts | undefined)[];
  /** Of all nodes that were asked for, in one piece that threads share. */
  readonly signatures: SharedArrayBuffer;
  readonly #read;

  constructor(project: Project, nodes: Nodes) {
    this.#project = project;
    this.#nodes = nodes;
    this.#facts = new Array(nodes.count);
    this.signatures = new SharedArrayBuffer(nodes.count * SIGNATURE_BYTES);
    this.#read = evidenceFactsReader(project);
  }

  of(node: number): ImageFacts {
    let facts = this.#facts[node];
    if (!facts) {
      const row = this.#read(firstFile(this.#nodes, node).content);
      if (!row) throw new Error(`The project lacks the content of node ${node}`);
      const at = node * SIGNATURE_BYTES;
      const signature = asSignature(new Uint8Array(this.signatures, at, SIGNATURE_BYTES));
      signature.set(asSignature(row.signature));
      facts = { ...row, signature };
      this.#facts[node] = facts;
    }
    return facts;
  }

  sameSize(a: number, b: number): boolean {
    const [first, second] = [this.of(a), this.of(b)];
    return first.width === second.width && first.height === second.height;
  }

  /** Files of one node look alike to the model; whether they do to the last pixel needs a closer look. */
  async comparePixelsWithinNodes(options: PairUpOptions): Promise<void> {
    const wanted = new Map<number, NodeFile>();
    for (const files of this.#nodes.files) {
      if (files.every(({ content }) => content === files[0]?.content)) continue;
      for (const file of files) if (!wanted.has(file.content)) wanted.set(file.content, file);
    }
    await this.comparePixels([...wanted.values()], options);
  }

  /** Decodes pictures in full and stores the digest of all their pixels, where that was not done before. */
  async comparePixels(files: readonly NodeFile[], options: PairUpOptions): Promise<void> {
    const digests = pixelDigestWriter(this.#project);
    const sizeOf = evidenceFactsReader(this.#project);
    const wanted = files.filter(({ content }) => digests.lacks(content));
    await forEachPicture(options, wanted, async (bytes, content) => {
      const { width, height } = sizeOf(content) ?? { width: 0, height: 0 };
      const digest = pixelDigest(await decodeAllPixels(bytes), width, height);
      return () => digests.store(content, digest);
    });
    if (wanted.length > 0) this.#facts.fill(undefined);
  }
}

/**
 * Makes thumbnails of the pictures that may appear in a report: those with copies and those in a likely pair. Reports are written
 * without reading an image, so this is the time to make them.
 */
export async function makeThumbnails(options: PairUpOptions, pairs: Pairs): Promise<void> {
  const { project, nodes } = options;
  const wanted = new Set<number>();
  nodes.files.forEach((files, node) => {
    if (files.length > 1) wanted.add(node);
  });
  for (let row = 0; row < pairs.count; row++) {
    if ((pairs.confidence[row] as number) < LIKELY) continue;
    wanted.add(pairs.a[row] as number);
    wanted.add(pairs.b[row] as number);
  }
  const thumbnails = thumbnailWriter(project);
  const files = [...wanted]
    .map((node) => firstFile(nodes, node))
    .filter(({ content }) => thumbnails.lacks(content));
  await forEachPicture(options, files, async (bytes, content) => {
    const thumbnail = await makeThumbnail(bytes, THUMBNAIL_SIDE);
    return () => thumbnails.store(content, thumbnail);
  });
}

/**
 * Reads pictures again, some at once, and stores what `work` makes of them in one transaction per few. One that has become
 * unreadable since is left as it was.
 */
async function forEachPicture(
  {
    project,
    threads,
    signal,
    checkpoint,
  }: Pick<PairUpOptions, "project" | "threads" | "signal" | "checkpoint">,
  files: readonly NodeFile[],
  work: (bytes: Buffer, content: number) => Promise<() => void>,
): Promise<void> {
  const pathOf = filePathReader(project);
  const atOnce = threads * PICTURES_IN_FLIGHT_PER_THREAD;
  for (let first = 0; first < files.length; first += atOnce) {
    await checkpoint();
    signal.throwIfAborted();
    const writes = await Promise.all(
      files.slice(first, first + atOnce).map(async ({ id, content }) => {
        const file = pathOf(id);
        if (!file) return null;
        try {
          return await work(await readFile(absolutePath(file.root, file.path)), content);
        } catch {
          return null; // Vanished or changed since it was embedded: the next scan will say so.
        }
      }),
    );
    inTransaction(project, () => {
      for (const write of writes) write?.();
    });
  }
}
