import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  fitCalibration,
  type JudgedPair,
  tellApart,
} from "../../../src-main/engine/calibrate/fit-calibration.ts";

/** Copies are nearer and agree better than different images, with exceptions on both sides. */
const anyPairs: fc.Arbitrary<JudgedPair[]> = fc
  .array(
    fc.tuple(
      fc.boolean(),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    ),
    { minLength: 20, maxLength: 120 },
  )
  .map((drawn) => [
    ...drawn.map(([duplicate, near, agree]): JudgedPair => {
      const figures = duplicate
        ? ([4 * near, 0.4 + 0.6 * agree, Number(agree > 0.3)] as const)
        : ([2 * near - 1, 0.6 * agree, Number(agree > 0.95)] as const);
      return { figures, duplicate };
    }),
    { figures: [3, 0.9, 1], duplicate: true },
    { figures: [2, 0.8, 1], duplicate: false },
    { figures: [0, 0.1, 0], duplicate: false },
  ]);

const of = (count: number, nearer: number, duplicate: boolean) =>
  Array.from({ length: count }, (): JudgedPair => ({ figures: [nearer, 0, 0], duplicate }));

describe("a fitted calibration", () => {
  test("does not depend on the order of the pairs", () => {
    fc.assert(
      fc.property(anyPairs, (pairs) => {
        const fitted = fitCalibration({ pairs, densities: [0.3, 0.5, 0.4] });
        const again = fitCalibration({ pairs: pairs.toReversed(), densities: [0.5, 0.4, 0.3] });
        for (const key of ["bias", "nearer", "evidence", "explained"] as const)
          expect(again[key]).toBeCloseTo(fitted[key], 3);
        expect(again.typicalDensity).toBe(0.4);
      }),
    );
  });

  test("is finite when the pairs are separable", () => {
    const pairs = Array.from({ length: 40 }, (_, at): JudgedPair => {
      const duplicate = at % 4 === 0;
      return { figures: duplicate ? [3, 0.9, 1] : [0, 0.1, 0], duplicate };
    });
    const { auto, ...fitted } = fitCalibration({ pairs, densities: [0.5] });
    for (const value of Object.values(fitted)) expect(Number.isFinite(value)).toBe(true);
    expect(auto).toEqual({ confidence: 0.9, precision: 1, recall: 1 });
    expect(tellApart(pairs, fitted, 0.9)).toEqual({
      duplicates: 10,
      found: 10,
      others: 30,
      mistaken: 0,
    });
  });

  test("predicts the share of duplicates at each probability, with a prior of one in a hundred", () => {
    // With copies weighted to match the prior, nine in ten near pairs are copies.
    const copies = 1000;
    const strangers = 99 * copies;
    const near = { copies: 900, strangers: 100 };
    const pairs = [
      ...of(near.copies, 1, true),
      ...of(copies - near.copies, 0, true),
      ...of(near.strangers, 1, false),
      ...of(strangers - near.strangers, 0, false),
    ];
    const { bias, nearer } = fitCalibration({ pairs, densities: [0] });
    expect(1 / (1 + Math.exp(-bias - nearer))).toBeCloseTo(0.9, 1);
    expect(1 / (1 + Math.exp(-bias))).toBeCloseTo(100 / 99_000, 3);
  });

  test("reports precision and recall of the default threshold at the same prior", () => {
    const pairs = [
      ...of(180, 1, true),
      ...of(20, 0, true),
      ...of(1, 1, false),
      ...of(9999, 0, false),
    ];
    const right = 0.01 * 0.9;
    const wrong = 0.99 * 0.0001;
    expect(fitCalibration({ pairs, densities: [0] }).auto).toEqual({
      confidence: 0.9,
      precision: Number((right / (right + wrong)).toFixed(4)),
      recall: 0.9,
    });
  });

  test("reports when no pair reaches the default threshold", () => {
    const pairs = [...of(10, 1, true), ...of(500, 1, false), ...of(500, 0, false)];
    expect(fitCalibration({ pairs, densities: [0] }).auto).toEqual({
      confidence: 0.9,
      precision: 0,
      recall: 0,
    });
  });
});
