import { EVIDENCE_KINDS } from "../../../contract/evidence-kind.ts";
import { explainPictures } from "./evidence.ts";
import { asSignature, SIGNATURE_BYTES } from "./signature.ts";

/** Pairs of pictures to explain, in columns of one length that a thread can be sent. */
export interface PairBatch {
  /** Places of the pictures among the signatures. */
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  /** See `Comparison`. */
  readonly stretch: Float64Array;
  readonly swapped: Uint8Array;
  readonly crops: Uint8Array;
  readonly tilts: Uint8Array;
}

/** Of each pair of a batch. */
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
 * Explains the pairs of a batch. Those of one first picture should follow each other.
 * @param signatures of all pictures, one after the other
 */
export function explainBatch(signatures: Uint8Array, batch: PairBatch): ExplainedBatch {
  const { length } = batch.a;
  const explained = { kind: new Uint8Array(length), score: new Float64Array(length) };
  const signatureOf = (place: number) =>
    asSignature(signatures.subarray(place * SIGNATURE_BYTES, (place + 1) * SIGNATURE_BYTES));
  let first = signatureOf(0);
  for (let row = 0; row < length; row++) {
    // `row` is below the length of all columns, hence the casts.
    if (row === 0 || batch.a[row] !== batch.a[row - 1]) first = signatureOf(batch.a[row] as number);
    const { kind, score } = explainPictures(first, signatureOf(batch.b[row] as number), {
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
