import { describe, expect, test } from "vitest";
import {
  newParallaxBuffers,
  steadiness,
} from "../../../../src-main/engine/scan/evidence/parallax.ts";
import { FINE_SIDE } from "../../../../src-main/engine/scan/evidence/picture.ts";

/** A point in a picture, with the center at (0, 0) and corners at (±0.5, ±0.5). */
type Point = readonly [x: number, y: number];

/** A scene of soft spots and lines, in gray levels. */
function scene([x, y]: Point): number {
  const waves = Math.sin(31 * x + 9 * y) + Math.sin(17 * y - 23 * x + 1) + Math.cos(38 * y + 5 * x);
  return 128 + 25 * waves;
}

/** The scene when each point of the picture shows another point of the scene. */
function view(seen: (point: Point) => Point = (point) => point): Float32Array {
  return Float32Array.from({ length: FINE_SIDE * FINE_SIDE }, (_, cell) => {
    const x = ((cell % FINE_SIDE) + 0.5) / FINE_SIDE - 0.5;
    const y = (Math.floor(cell / FINE_SIDE) + 0.5) / FINE_SIDE - 0.5;
    return scene(seen([x, y]));
  });
}

const CELL = 1 / FINE_SIDE;
const whole = view();
const buffers = newParallaxBuffers();

describe("steadiness", () => {
  test("is 1 for one picture, regardless of brightness and contrast", () => {
    expect(steadiness(buffers, whole, whole)).toBe(1);
    const faded = whole.map((value) => 0.6 * value + 70);
    expect(steadiness(buffers, whole, faded)).toBeCloseTo(1, 6);
    expect(steadiness(buffers, faded, whole)).toBeCloseTo(1, 6);
  });

  test.each<[string, (point: Point) => Point]>([
    ["shifted by a third of a cell", ([x, y]) => [x + CELL / 3, y - CELL / 3]],
    ["larger by a fiftieth", ([x, y]) => [0.98 * x, 0.98 * y]],
    ["squashed a little", ([x, y]) => [0.985 * x, y]],
    ["turned by a degree", ([x, y]) => [x - 0.0175 * y, y + 0.0175 * x]],
  ])("stays near 1 when everything is %s, as with a slight misalignment", (_, seen) => {
    expect(steadiness(buffers, whole, view(seen))).toBeGreaterThan(0.97);
  });

  test.each<[string, (point: Point) => Point]>([
    ["nearer above than below", ([x, y]) => [x * (1 + 0.2 * y), y]],
    ["nearer on the left than on the right", ([x, y]) => [x, y * (1 + 0.2 * x)]],
    ["slanted", ([x, y]) => [x + 0.05 * y, y + 0.05 * x]],
  ])("falls below 0.5 when the scene is %s", (_, seen) => {
    expect(steadiness(buffers, whole, view(seen))).toBeLessThan(0.5);
    expect(steadiness(buffers, view(seen), whole)).toBeLessThan(0.5);
  });

  test("falls as the quarters' motions diverge", () => {
    const amounts = [0, 0.05, 0.1, 0.15, 0.2].map((amount) =>
      steadiness(
        buffers,
        whole,
        view(([x, y]) => [x * (1 + amount * y), y]),
      ),
    );
    expect(amounts).toEqual([...amounts].sort((a, b) => b - a));
  });

  test("stays near 1 for pictures without texture", () => {
    const plain = new Float32Array(FINE_SIDE * FINE_SIDE).fill(90);
    expect(steadiness(buffers, plain, plain)).toBe(1);
    expect(steadiness(buffers, plain, whole)).toBeGreaterThan(0.99);
  });
});
