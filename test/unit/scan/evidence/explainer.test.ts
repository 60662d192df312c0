import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../../src-main/engine/demo/seeded-random.ts";
import { newWorkspace } from "../../../../src-main/engine/scan/evidence/evidence.ts";
import {
  type ExplainedBatch,
  explainBatch,
  newPairBatch,
  openExplainer,
  type PairBatch,
} from "../../../../src-main/engine/scan/evidence/explainer.ts";
import { SIGNATURE_BYTES } from "../../../../src-main/engine/scan/evidence/signature.ts";

const PICTURES = 40;
const BATCHES = 12;
const random = seededRandom(3);

/** Smooth pictures. Every second one is a slightly changed copy of the previous one. */
function drawSignatures(): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(PICTURES * SIGNATURE_BYTES);
  const bytes = new Uint8Array(shared);
  for (let picture = 0; picture < PICTURES; picture += 2) {
    const [across, down, phase] = [
      random.between(1, 6),
      random.between(1, 6),
      random.between(0, 6),
    ];
    for (let cell = 0; cell < SIGNATURE_BYTES; cell++) {
      const wave = Math.sin((across * (cell % 32)) / 8 + phase) + Math.cos((down * cell) / 256);
      bytes[picture * SIGNATURE_BYTES + cell] = 128 + 50 * wave;
      bytes[(picture + 1) * SIGNATURE_BYTES + cell] = 124 + 48 * wave + random.between(0, 6);
    }
  }
  return shared;
}

function drawBatch(): PairBatch {
  const batch = newPairBatch(50);
  batch.a.forEach((_, row) => {
    const a = random.whole(0, PICTURES - 1);
    batch.a[row] = a;
    batch.b[row] = random.chance(0.4) ? a ^ 1 : random.whole(0, PICTURES - 1);
    batch.stretch[row] = random.between(0.5, 2);
    batch.swapped[row] = random.whole(0, 1);
    batch.crops[row] = random.whole(0, 1);
  });
  return batch;
}

const signatures = drawSignatures();
const workspace = newWorkspace();
const batches = Array.from({ length: BATCHES }, drawBatch);
const expected = batches.map((batch) => explainBatch(workspace, new Uint8Array(signatures), batch));

describe("an explainer", () => {
  test.each([0, 1, 3])("explains every batch correctly on %i threads", async (threads) => {
    await using explainer = openExplainer(signatures, threads);
    const answers = new Map<PairBatch, ExplainedBatch>();
    await explainer.runAll(
      batches.values(),
      (batch, explained) => answers.set(batch, explained),
      async () => {},
    );
    expect(batches.map((batch) => answers.get(batch))).toEqual(expected);
    expect(new Set(expected.flatMap(({ kind }) => [...kind])).size).toBeGreaterThan(1);
  });

  test("stops when its checkpoint throws, even with batches under way", async () => {
    await using explainer = openExplainer(signatures, 2);
    let passed = 0;
    const cancelled = explainer.runAll(
      batches.values(),
      () => {},
      async () => {
        if (passed++ === 4) throw new Error("cancelled");
      },
    );
    await expect(cancelled).rejects.toThrow("cancelled");
  });

  test("rejects when a thread fails", async () => {
    await using explainer = openExplainer(signatures, 1);
    const broken = { ...newPairBatch(1), b: new Uint32Array([PICTURES + 1]) };
    const explained = explainer.runAll(
      [broken].values(),
      () => {},
      async () => {},
    );
    await expect(explained).rejects.toThrow("Expected a signature");
  });
});
