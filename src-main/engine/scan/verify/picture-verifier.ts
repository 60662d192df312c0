import { firstFile, type Nodes } from "../../data/nodes.ts";
import type { PairAlignment } from "../evidence/evidence.ts";
import type { Signature } from "../evidence/signature.ts";
import { foundFileReader } from "../found-files.ts";
import type { ScanRun } from "../scan-run.ts";
import {
  compareShrunk,
  type PairVerdict,
  readForVerifying,
  type VerifiedPicture,
} from "./verify-pair.ts";

/** Longer side at which a scan verifies pictures, in pixels. */
const SIDE = 256;
/** The same for mostly plain pictures, whose content is small. */
const PLAIN_SIDE = 640;
/** Pictures in memory, each of at most 1.6 MB. */
const CACHED = 96;

/** Compares the pictures of pairs at moderate size and keeps the pictures read last. */
export class PictureVerifier {
  readonly #nodes: Nodes;
  readonly #isPlain: (node: number) => boolean;
  readonly #readFile: ReturnType<typeof foundFileReader>;
  readonly #pictures = new Map<number, Promise<VerifiedPicture | null>>();

  /** @param isPlain whether a node's picture is mostly plain */
  constructor(
    { project }: Pick<ScanRun, "project">,
    nodes: Nodes,
    isPlain: (node: number) => boolean,
  ) {
    this.#nodes = nodes;
    this.#isPlain = isPlain;
    this.#readFile = foundFileReader(project);
  }

  /** @returns `null` if a file has become unreadable; the next scan reports it */
  async verdict(a: number, b: number, alignment: PairAlignment): Promise<PairVerdict | null> {
    const [first, second] = await Promise.all([this.prefetch(a), this.prefetch(b)]);
    return first && second && compareShrunk(first, second, alignment);
  }

  /** Starts reading a node's picture unless it is in memory. */
  prefetch(node: number): Promise<VerifiedPicture | null> {
    const known = this.#pictures.get(node);
    this.#pictures.delete(node);
    const picture = known ?? this.#read(node);
    this.#pictures.set(node, picture);
    if (this.#pictures.size > CACHED) {
      const [oldest] = this.#pictures.keys();
      if (oldest !== undefined) this.#pictures.delete(oldest);
    }
    return picture;
  }

  async #read(node: number): Promise<VerifiedPicture | null> {
    const bytes = await this.#readFile(firstFile(this.#nodes, node).id);
    if (!bytes) return null;
    try {
      return await readForVerifying(bytes, this.#isPlain(node) ? PLAIN_SIDE : SIDE);
    } catch {
      return null;
    }
  }
}

/** Share of a signature's cells with detail up to which a picture is mostly plain. */
const PLAIN_SHARE = 0.12;
/** Levels that a cell differs from its left or upper neighbor by, from which it has detail. */
const DETAIL_LEVELS = 4;
const SIDE_CELLS = 32;

/** Whether a picture shows little besides one tone, so that only its content can be evidence. */
export function isMostlyPlain(signature: Signature): boolean {
  let detailed = 0;
  for (let at = 0; at < SIDE_CELLS * SIDE_CELLS; at++) {
    const value = signature[at] as number;
    const left = at % SIDE_CELLS > 0 ? (signature[at - 1] as number) : value;
    const above = at >= SIDE_CELLS ? (signature[at - SIDE_CELLS] as number) : value;
    if (Math.max(Math.abs(value - left), Math.abs(value - above)) >= DETAIL_LEVELS) detailed++;
  }
  return detailed < PLAIN_SHARE * SIDE_CELLS * SIDE_CELLS;
}
