import { readFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { EVIDENCE_KINDS } from "../../contract/evidence-kind.ts";
import type { Calibration } from "../../contract/model-manifest.ts";
import { nearness, pairConfidence, pairDensity } from "../confidence/confidence.ts";
import { decodeAllPixels, makeThumbnail } from "../decode/decode.ts";
import { type Evidence, explainPair, type ImageFacts } from "../evidence/evidence.ts";
import { asSignature, SIGNATURE_BYTES } from "../evidence/signature.ts";
import { emptyPairs, type Pairs } from "../neighbors/pairs.ts";
import { rowDistance, rowDot, type Space } from "../neighbors/space.ts";
import { firstFile, type NodeFile, type Nodes } from "../store/nodes.ts";
import type { Project } from "../store/project.ts";
import { absolutePath } from "../walk/walk-split.ts";
import { pixelDigest } from "./embed-files.ts";
import type { FoundNeighbors } from "./find-neighbors.ts";

/** Pairs explained between two turns of the event loop, so that a cancel is heard at once. */
const PAIRS_PER_TURN = 512;
/** Similarity from which it is worth decoding two pictures of one size in full to see whether they are the same. */
const MAYBE_SAME_PIXELS = 0.995;
/** Nearest pictures in each split that are compared in the first round, however far. */
const RANKS_COMPARED = 2;
/**
 * Nearness from which crops are looked for at once: where either neighborhood is denser than the pair is close, a crop is hardly what
 * made them neighbors. Of photos cropped to half of their area 96.0 % find their photo first with this and the next, 97.3 % with -0.2 and
 * -0.3, which take nearly three times as long on CIFAR-10.
 */
const STANDS_OUT = 0.05;
/** The same for the nearest in a split. */
const NEAREST_STANDS_OUT = -0.1;
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
  readonly pass: () => Promise<void>;
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

  const unsettled = new Set<number>();
  const comparedInFull = new Uint8Array(count);

  /** Explains a pair as far as asked and writes down its kind and confidence. */
  function judge(row: number, look: "full" | "whole" | "none"): void {
    const a = pairs.a[row] as number; // `row` is below the number of pairs
    const b = pairs.b[row] as number;
    const evidence =
      look === "none"
        ? UNEXPLAINED
        : explainPair(facts.of(a), facts.of(b), { crops: look === "full" });
    if (look === "full") comparedInFull[row] = 1;
    pairs.kind[row] = EVIDENCE_KINDS.indexOf(evidence.kind);
    pairs.confidence[row] = pairConfidence(calibration, {
      similarity: pairs.similarity[row] as number,
      densityA: found.density[a] as number,
      densityB: found.density[b] as number,
      ...evidence,
    });
    const alike = (pairs.similarity[row] as number) >= MAYBE_SAME_PIXELS;
    if (look !== "none" && alike && facts.sameSize(a, b)) unsettled.add(row);
  }

  const round = (number: number, visit: (row: number) => void) =>
    forEachRow(count, options, visit, (row) => options.onProgress(number * count + row, 2 * count));

  const matched = new Uint8Array(nodes.count);
  await round(0, (row) => {
    const a = pairs.a[row] as number;
    const b = pairs.b[row] as number;
    const density = pairDensity({
      densityA: found.density[a] as number,
      densityB: found.density[b] as number,
    });
    const rank = ranks[row] as number;
    const nearer = nearness(pairs.similarity[row] as number, density);
    const standsOut = nearer >= (rank === 0 ? NEAREST_STANDS_OUT : STANDS_OUT);
    judge(row, standsOut ? "full" : rank < RANKS_COMPARED ? "whole" : "none");
    if ((pairs.confidence[row] as number) >= LIKELY) {
      matched[a] = 1;
      matched[b] = 1;
    }
  });
  await round(1, (row) => {
    const a = pairs.a[row] as number;
    const b = pairs.b[row] as number;
    if (comparedInFull[row] === 1 || !(matched[a] || matched[b])) return;
    const sparser = Math.min(found.density[a] as number, found.density[b] as number);
    if ((pairs.similarity[row] as number) >= sparser) judge(row, "full");
  });

  const undecided = new Set(
    Array.from(unsettled).flatMap((row) => [pairs.a[row] as number, pairs.b[row] as number]),
  );
  await facts.comparePixels(
    [...undecided].map((node) => firstFile(nodes, node)),
    options,
  );
  for (const row of [...unsettled]) judge(row, "full");
  options.onProgress(2 * count, 2 * count);
  return pairs;
}

async function forEachRow(
  count: number,
  { signal, pass }: Turns,
  visit: (row: number) => void,
  onTurn: (row: number) => void = () => {},
): Promise<void> {
  for (let row = 0; row < count; row++) {
    if (row % PAIRS_PER_TURN === 0) {
      onTurn(row);
      await setImmediate();
      await pass();
      signal.throwIfAborted();
    }
    visit(row);
  }
}

const UNEXPLAINED: Evidence = { kind: "similar", score: 0 };

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

type ContentRow = Omit<ImageFacts, "signature"> & { readonly signature: Buffer };

/** What the decoding left behind of each picture, read once and kept. */
export class FactsReader {
  readonly #project: Project;
  readonly #nodes: Nodes;
  readonly #facts: (ImageFacts | undefined)[];
  /** Of all nodes in one piece: as many small ones would take half as much again. */
  readonly #signatures: Uint8Array;
  readonly #select;

  constructor(project: Project, nodes: Nodes) {
    this.#project = project;
    this.#nodes = nodes;
    this.#facts = new Array(nodes.count);
    this.#signatures = new Uint8Array(nodes.count * SIGNATURE_BYTES);
    this.#select = project.database.prepare<[number], ContentRow>(
      `SELECT hex(sha256) AS sha256, nullif(hex(pixel_digest), '') AS pixelHash, width, height, signature
       FROM contents WHERE id = ?`,
    );
  }

  of(node: number): ImageFacts {
    let facts = this.#facts[node];
    if (!facts) {
      const row = this.#select.get(firstFile(this.#nodes, node).content);
      if (!row) throw new Error(`The project lacks the content of node ${node}`);
      const at = node * SIGNATURE_BYTES;
      const signature = asSignature(this.#signatures.subarray(at, at + SIGNATURE_BYTES));
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
    const { database } = this.#project;
    const lacking = database
      .prepare<[number], number>("SELECT 1 FROM contents WHERE id = ? AND pixel_digest IS NULL")
      .pluck();
    const update = database.prepare("UPDATE contents SET pixel_digest = ? WHERE id = ?");
    const wanted = files.filter(({ content }) => lacking.get(content) !== undefined);
    const size = database.prepare<[number], { width: number; height: number }>(
      "SELECT width, height FROM contents WHERE id = ?",
    );
    await forEachPicture(options, wanted, async (bytes, content) => {
      const { width, height } = size.get(content) ?? { width: 0, height: 0 };
      const digest = pixelDigest(await decodeAllPixels(bytes), width, height);
      return () => update.run(digest, content);
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
  const lacking = project.database
    .prepare<[number], number>("SELECT 1 FROM contents WHERE id = ? AND thumbnail IS NULL")
    .pluck();
  const update = project.database.prepare("UPDATE contents SET thumbnail = ? WHERE id = ?");
  const files = [...wanted]
    .map((node) => firstFile(nodes, node))
    .filter(({ content }) => lacking.get(content) !== undefined);
  await forEachPicture(options, files, async (bytes, content) => {
    const thumbnail = await makeThumbnail(bytes, THUMBNAIL_SIDE);
    return () => update.run(thumbnail, content);
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
    pass,
  }: Pick<PairUpOptions, "project" | "threads" | "signal" | "pass">,
  files: readonly NodeFile[],
  work: (bytes: Buffer, content: number) => Promise<() => void>,
): Promise<void> {
  const place = project.database.prepare<[number], { root: string; path: Buffer }>(
    "SELECT s.root, f.path FROM files f JOIN splits s ON s.id = f.split WHERE f.id = ?",
  );
  const atOnce = threads * PICTURES_IN_FLIGHT_PER_THREAD;
  for (let first = 0; first < files.length; first += atOnce) {
    await pass();
    signal.throwIfAborted();
    const writes = await Promise.all(
      files.slice(first, first + atOnce).map(async ({ id, content }) => {
        const file = place.get(id);
        if (!file) return null;
        try {
          return await work(await readFile(absolutePath(file.root, file.path)), content);
        } catch {
          return null; // Vanished or changed since it was embedded: the next scan will say so.
        }
      }),
    );
    project.database.transaction(() => {
      for (const write of writes) write?.();
    })();
  }
}
