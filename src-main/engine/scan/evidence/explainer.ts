import { EVIDENCE_KINDS } from "../../../contract/evidence-kind.ts";
import { WorkerPool } from "../../threads/worker-pool.ts";
import { explainPictures, newWorkspace, type Workspace } from "./evidence.ts";
import { asSignature, SIGNATURE_BYTES } from "./signature.ts";

/** Pairs of pictures to explain, as columns of equal length that can be sent to a thread. */
export interface PairBatch {
  /** Indexes of the pictures among the signatures. */
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  /** See `Comparison`. */
  readonly stretch: Float64Array;
  readonly swapped: Uint8Array;
  readonly crops: Uint8Array;
  readonly tilts: Uint8Array;
}

/** One entry for each pair of a batch. */
export interface ExplainedBatch {
  /** Index into `EVIDENCE_KINDS`. */
  readonly kind: Uint8Array;
  /** See `Evidence`. */
  readonly score: Float64Array;
}

export function newPairBatch(length: number): PairBatch {
  return {
    a: new Uint32Array(length),
    b: new Uint32Array(length),
    stretch: new Float64Array(length),
    swapped: new Uint8Array(length),
    crops: new Uint8Array(length),
    tilts: new Uint8Array(length),
  };
}

/**
 * Threads that explain batches of pairs.
 * @param signatures all pictures' signatures, concatenated; may be filled later, before a batch refers to them
 * @param threads 0 to run on the caller's thread
 */
export function openExplainer(
  signatures: SharedArrayBuffer,
  threads: number,
): WorkerPool<PairBatch, ExplainedBatch> {
  const here = new Uint8Array(signatures);
  const workspace = newWorkspace();
  return new WorkerPool({
    caller: import.meta,
    name: "explain-worker",
    workerData: signatures,
    threads,
    inline: (batch) => explainBatch(workspace, here, batch),
  });
}

/**
 * Explains the pairs of a batch. Pairs with the same first picture should be adjacent.
 * @param signatures all pictures' signatures, concatenated
 */
export function explainBatch(
  workspace: Workspace,
  signatures: Uint8Array,
  batch: PairBatch,
): ExplainedBatch {
  const { length } = batch.a;
  const explained = { kind: new Uint8Array(length), score: new Float64Array(length) };
  const signatureOf = (picture: number) =>
    asSignature(signatures.subarray(picture * SIGNATURE_BYTES, (picture + 1) * SIGNATURE_BYTES));
  let first = signatureOf(0);
  for (let row = 0; row < length; row++) {
    // `row` is below the length of all columns, hence the casts.
    if (row === 0 || batch.a[row] !== batch.a[row - 1]) first = signatureOf(batch.a[row] as number);
    const second = signatureOf(batch.b[row] as number);
    const { kind, score } = explainPictures(workspace, first, second, {
      stretch: batch.stretch[row] as number,
      swapped: batch.swapped[row] === 1,
      crops: batch.crops[row] === 1,
      tilts: batch.tilts[row] === 1,
    });
    explained.kind[row] = EVIDENCE_KINDS.indexOf(kind);
    explained.score[row] = score;
  }
  return explained;
}
