import { expect, test } from "vitest";
import {
  bestOrientation,
  orientationText,
  transformOf,
  turned,
  UPRIGHT,
} from "../../../src-renderer/screens/compare/orientation-search.ts";

const SIDE = 12;
/** A slope with a bright corner: no orientation of it equals another. */
const picture = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
  const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
  return (x + 2 * y) / (3 * SIDE) + (x < 3 && y < 4 ? 0.4 : 0);
});

test("turning a picture and turning it back gives the picture", () => {
  for (const [turns, back] of [
    [1, 3],
    [2, 2],
    [3, 1],
  ] as const) {
    const there = turned(picture, SIDE, { mirrored: false, turns });
    expect(turned(there, SIDE, { mirrored: false, turns: back })).toEqual(picture);
  }
  const mirror = { mirrored: true, turns: 0 } as const;
  expect(turned(turned(picture, SIDE, mirror), SIDE, mirror)).toEqual(picture);
});

test("turns clockwise: the top left corner goes to the top right", () => {
  const corner = new Float32Array(9);
  corner[0] = 1;
  expect(turned(corner, 3, { mirrored: false, turns: 1 })[2]).toBe(1);
});

test("finds how each of the eight orientations must be laid to match", () => {
  for (const mirrored of [false, true]) {
    for (const turns of [0, 1, 2, 3] as const) {
      const other = turned(picture, SIDE, { mirrored, turns });
      const found = bestOrientation(picture, other, SIDE);
      expect(turned(other, SIDE, found)).toEqual(picture);
    }
  }
});

test("leaves pictures upright that differ in brightness only, or that fit no better otherwise", () => {
  const brighter = picture.map((value) => value + 0.2);
  expect(bestOrientation(picture, brighter, SIDE)).toEqual(UPRIGHT);
  const flat = new Float32Array(SIDE * SIDE).fill(0.5);
  expect(bestOrientation(picture, flat, SIDE)).toEqual(UPRIGHT);
});

test("says what was done, in words and for the browser", () => {
  expect(orientationText(UPRIGHT)).toBeNull();
  expect(orientationText({ mirrored: true, turns: 0 })).toBe("shown mirrored");
  expect(orientationText({ mirrored: false, turns: 1 })).toBe("shown turned right");
  expect(transformOf({ mirrored: true, turns: 1 })).toBe("rotate(90deg) scaleX(-1)");
});
