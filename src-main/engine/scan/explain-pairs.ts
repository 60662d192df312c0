import { EVIDENCE_KINDS, type EvidenceKind } from "../../contract/evidence-kind.ts";
import type { Calibration } from "../../contract/model-manifest.ts";
import type { Nodes } from "../data/nodes.ts";
import type { Pairs } from "../data/pairs.ts";
import type { WorkerPool } from "../threads/worker-pool.ts";
import { nearness, pairConfidence, pairDensity } from "./confidence/confidence.ts";
import { alignPair, comparisonOf, explainSame, newWorkspace } from "./evidence/evidence.ts";
import {
  type ExplainedBatch,
  newPairBatch,
  openExplainer,
  type PairBatch,
} from "./evidence/explainer.ts";
import type { FoundPairs } from "./find-pairs.ts";
import { FactsReader } from "./image-facts.ts";
import type { ScanRun } from "./scan-run.ts";
import { isMostlyPlain, PictureVerifier } from "./verify/picture-verifier.ts";

/** Pairs per job of a worker. */
const PAIRS_PER_BATCH = 512;
/** Fewer pairs are compared on the calling thread: starting workers takes 0.2 s. */
const PAIRS_WORTH_THREADS = 20_000;
/** At or above this similarity, images of the same size may have the same pixels and are decoded at full size. */
const MAYBE_SAME_PIXELS = 0.995;
/** Ranks per split that round 1 compares at any nearness. */
const RANKS_COMPARED = 2;
/** Nearness from which round 1 also looks for crops: it finds 95.8 % of photos cropped to half their area. */
const STANDS_OUT = 0.15;
/** {@link STANDS_OUT} for the nearest image in a split. */
const NEAREST_STANDS_OUT = 0.05;
/** Nearness from which rotations by any angle are searched, which takes 1.4 ms per pair. */
const STANDS_FAR_OUT = 0.6;
/** Confidence from which round 2 looks closer at a pair and its images get thumbnails. */
export const LIKELY = 0.2;

/** The kind of pairs whose images were not compared, or turned out to be different. */
const UNEXPLAINED = EVIDENCE_KINDS.indexOf("similar");
const RESIZED = EVIDENCE_KINDS.indexOf("resized");
const EDITED = EVIDENCE_KINDS.indexOf("edited");
/** Highest confidence of a pair whose little content differs. */
const REFUTED = 0.1;
/** Pairs whose pictures are read ahead of verifying. */
const VERIFIED_AHEAD = 8;

/** How thoroughly each pair has been compared, in increasing order of cost. */
const NOT_IN_FULL = 0;
const WITH_CROPS = 1;
const WITH_CROPS_AND_TILTS = 2;

/** How to compare a pair: in full, without crops, not at all (`similar` with no agreement), or leave it as it is. */
type Depth = "full" | "whole" | "none" | "skip";

export interface ExplainPairsOptions extends FoundPairs {
  readonly nodes: Nodes;
  readonly calibration: Calibration;
}

/**
 * Finds out why each pair matches and how likely it is a duplicate.
 *
 * Comparing pixels is the expensive part, and most pairs are merely the nearest among unrelated images. Therefore:
 * 1. Pairs that stand out of their neighborhoods are compared in full, and the nearest in each split without the search for crops.
 * 2. For images that turned out to have a likely duplicate, every pair is compared in full that is closer than the sparser of
 *    its two neighborhoods is dense. Among many copies of an image, some are no closer to each other than others.
 * 3. Images of the same size that are still undecided are compared at full resolution.
 * 4. Likely copies, and pairs of mostly plain pictures, are verified on the aligned pictures at moderate size, tile by tile.
 *
 * Rounds 2 to 4 depend on the confidence of earlier rounds, so each pair gets its confidence together with its evidence.
 */
export async function explainPairs(run: ScanRun, options: ExplainPairsOptions): Promise<Pairs> {
  const { pairs } = options.measured;
  const facts = new FactsReader(run.project, options.nodes);
  await using pool = openExplainer(
    facts.signatures,
    pairs.count < PAIRS_WORTH_THREADS ? 0 : run.threads,
  );
  const rounds = new EvidenceRounds(run, options, facts, pool);
  await rounds.compareOutstanding();
  await rounds.compareMatched();
  await rounds.compareFullPixels();
  await rounds.verifyMatches();
  return pairs;
}

/** Whether to look for rotations by any angle. @param rank the better of the two ranks, from 0 */
export function mayBeTilted(rank: number, nearer: number): boolean {
  return rank === 0 && nearer >= STANDS_FAR_OUT;
}

interface RowBatch extends PairBatch {
  /** Indices of the pairs. */
  readonly rows: readonly number[];
}

/** The rounds of {@link explainPairs} and the state that they share. Casts: every row is below the number of pairs. */
class EvidenceRounds {
  readonly #run: ScanRun;
  readonly #options: ExplainPairsOptions;
  readonly #pairs: Pairs;
  readonly #facts: FactsReader;
  readonly #pool: WorkerPool<PairBatch, ExplainedBatch>;
  readonly #workspace = newWorkspace();
  /** Per pair, how thoroughly it was compared. */
  readonly #compared: Uint8Array;
  /** Pairs that may have the same pixels, which only full-size images can show. */
  readonly #maybeSamePixels = new Set<number>();

  constructor(
    run: ScanRun,
    options: ExplainPairsOptions,
    facts: FactsReader,
    pool: WorkerPool<PairBatch, ExplainedBatch>,
  ) {
    this.#run = run;
    this.#options = options;
    this.#pairs = options.measured.pairs;
    this.#facts = facts;
    this.#pool = pool;
    this.#compared = new Uint8Array(this.#pairs.count);
  }

  /** Round 1. */
  async compareOutstanding(): Promise<void> {
    await this.#compare(
      (row) => {
        const rank = this.#rank(row);
        const standsOut = this.#nearness(row) >= (rank === 0 ? NEAREST_STANDS_OUT : STANDS_OUT);
        return standsOut ? "full" : rank < RANKS_COMPARED ? "whole" : "none";
      },
      (row) => this.#progress(row),
    );
  }

  /** Round 2. */
  async compareMatched(): Promise<void> {
    const { count, a, b, confidence, similarity } = this.#pairs;
    const matched = new Uint8Array(this.#options.nodes.count);
    for (let row = 0; row < count; row++) {
      if ((confidence[row] as number) < LIKELY) continue;
      matched[a[row] as number] = 1;
      matched[b[row] as number] = 1;
    }
    await this.#compare(
      (row) => {
        const isMatched = matched[a[row] as number] || matched[b[row] as number];
        if (this.#compared[row] !== NOT_IN_FULL || !isMatched) return "skip";
        const { densityA, densityB } = this.#densities(row);
        return (similarity[row] as number) >= Math.min(densityA, densityB) ? "full" : "skip";
      },
      (row) => this.#progress(count + row),
    );
  }

  /** Round 3. */
  async compareFullPixels(): Promise<void> {
    const { count, a, b } = this.#pairs;
    if (this.#maybeSamePixels.size > 0) {
      const rows = new Set(this.#maybeSamePixels);
      const nodes = [...rows].flatMap((row) => [a[row] as number, b[row] as number]);
      await this.#facts.digestNodes(this.#run, new Set(nodes));
      await this.#compare(
        (row) => (rows.has(row) ? "full" : "skip"),
        () => {},
      );
    }
    this.#progress(2 * count);
  }

  /** Round 4. */
  async verifyMatches(): Promise<void> {
    const { count, kind, confidence } = this.#pairs;
    const verifier = new PictureVerifier(this.#run, this.#options.nodes, this.#isPlain);
    const rows: number[] = [];
    for (let row = 0; row < count; row++)
      if ((confidence[row] as number) >= LIKELY && this.#needsVerifying(row)) rows.push(row);
    for (const [index, row] of rows.entries()) {
      await this.#run.gate.checkpoint();
      this.#run.signal.throwIfAborted();
      for (const next of rows.slice(index, index + VERIFIED_AHEAD))
        for (const node of this.#nodes(next)) void verifier.prefetch(node);
      const [a, b] = this.#nodes(row);
      const alignment = alignPair(this.#workspace, this.#facts.of(a), this.#facts.of(b));
      const verdict = await verifier.verdict(a, b, alignment);
      if (verdict === "different") {
        kind[row] = UNEXPLAINED;
        confidence[row] = Math.min(confidence[row] as number, REFUTED);
      } else if (verdict === "edited" && kind[row] === RESIZED) kind[row] = EDITED;
    }
  }

  #needsVerifying(row: number): boolean {
    const kind = EVIDENCE_KINDS[this.#pairs.kind[row] as number];
    if (kind === "resized") return true;
    if (kind === "same-bytes" || kind === "same-pixels") return false;
    return this.#nodes(row).some(this.#isPlain);
  }

  readonly #isPlain = (node: number) => isMostlyPlain(this.#facts.of(node).signature);

  /** Compares every pair at the depth that `depthOf` returns. @param onBatch gets the highest row reached so far */
  async #compare(depthOf: (row: number) => Depth, onBatch: (row: number) => void): Promise<void> {
    let reached = 0;
    const onResult = ({ rows }: RowBatch, { kind, score }: ExplainedBatch) => {
      rows.forEach((row, index) => {
        this.#store(row, kind[index] as number, score[index] as number);
      });
      reached = Math.max(reached, rows.at(-1) ?? 0); // batches finish in any order
      onBatch(reached);
    };
    await this.#pool.runAll(this.#batches(depthOf), onResult, async () => {
      await this.#run.gate.checkpoint();
      this.#run.signal.throwIfAborted();
    });
  }

  /** Batches of the pairs whose images must be compared. */
  *#batches(depthOf: (row: number) => Depth): Generator<RowBatch, void> {
    let rows: number[] = [];
    for (let row = 0; row < this.#pairs.count; row++) {
      if (this.#needsComparison(row, depthOf(row))) rows.push(row);
      if (rows.length < PAIRS_PER_BATCH) continue;
      yield this.#batch(rows);
      rows = [];
    }
    if (rows.length > 0) yield this.#batch(rows);
  }

  /** Stores the result of pairs that need no comparison. */
  #needsComparison(row: number, depth: Depth): boolean {
    if (depth === "skip") return false;
    if (depth === "none") {
      this.#store(row, UNEXPLAINED, 0);
      return false;
    }
    if (depth === "full")
      this.#compared[row] = mayBeTilted(this.#rank(row), this.#nearness(row))
        ? WITH_CROPS_AND_TILTS
        : WITH_CROPS;
    const [a, b] = this.#nodes(row);
    const isClose = (this.#pairs.similarity[row] as number) >= MAYBE_SAME_PIXELS;
    if (isClose && this.#facts.haveSameSize(a, b)) this.#maybeSamePixels.add(row);
    const same = explainSame(this.#facts.of(a), this.#facts.of(b));
    if (same) this.#store(row, EVIDENCE_KINDS.indexOf(same.kind), same.score);
    return same === null;
  }

  #batch(rows: readonly number[]): RowBatch {
    const batch = { ...newPairBatch(rows.length), rows };
    rows.forEach((row, index) => {
      const [a, b] = this.#nodes(row);
      const { stretch, swapped, crops, tilts } = comparisonOf(
        this.#facts.of(a),
        this.#facts.of(b),
        {
          crops: this.#compared[row] !== NOT_IN_FULL,
          tilts: this.#compared[row] === WITH_CROPS_AND_TILTS,
        },
      );
      batch.a[index] = a;
      batch.b[index] = b;
      batch.stretch[index] = stretch;
      batch.swapped[index] = Number(swapped);
      batch.crops[index] = Number(crops);
      batch.tilts[index] = Number(tilts);
    });
    return batch;
  }

  #store(row: number, kind: number, score: number): void {
    this.#pairs.kind[row] = kind;
    this.#pairs.confidence[row] = pairConfidence(this.#options.calibration, {
      similarity: this.#pairs.similarity[row] as number,
      ...this.#densities(row),
      kind: EVIDENCE_KINDS[kind] as EvidenceKind,
      score,
    });
  }

  #nodes(row: number): [number, number] {
    return [this.#pairs.a[row] as number, this.#pairs.b[row] as number];
  }

  #rank(row: number): number {
    return this.#options.measured.ranks[row] as number;
  }

  #densities(row: number) {
    const { density } = this.#options.found;
    const [a, b] = this.#nodes(row);
    return { densityA: density[a] as number, densityB: density[b] as number };
  }

  #nearness(row: number): number {
    return nearness(this.#pairs.similarity[row] as number, pairDensity(this.#densities(row)));
  }

  /** @param done pairs of the first two rounds */
  #progress(done: number): void {
    const total = 2 * this.#pairs.count;
    this.#run.emit({ type: "progress", stage: "evidence", done, total, unreadable: 0 });
  }
}
