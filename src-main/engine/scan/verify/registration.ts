import type { Plane } from "./tile-comparison.ts";

/** Position and size of one picture's frame in another of the same size, in pixels. */
interface Shift {
  x: number;
  y: number;
  scaleX: number;
  scaleY: number;
}

/** Pictures are registered at up to this side. */
const SIDE = 160;
const STEPS = 8;
/** Largest shift in sides and largest change of scale that count as the same frame. */
const LARGEST_SHIFT = 0.04;
const UNKNOWNS = 5;

/**
 * Finds the small shift and stretch that make `q` coincide with `p` best: Gauss-Newton on luminance (Lucas and Kanade 1981).
 * @returns `null` when it diverges or the frames are not nearly the same
 */
export function register(p: Plane, q: Plane): Shift | null {
  const factor = Math.max(1, Math.ceil(Math.max(p.width, p.height) / SIDE));
  const [small, other] = [shrink(p, factor), shrink(q, factor)];
  const shift = { x: 0, y: 0, scaleX: 1, scaleY: 1 };
  for (let step = 0; step < STEPS; step++) {
    const change = solve(equations(small, other, shift));
    if (!change) return null;
    const [x = 0, y = 0, scaleX = 0, scaleY = 0] = change;
    shift.x += x;
    shift.y += y;
    shift.scaleX += scaleX;
    shift.scaleY += scaleY;
    const most = LARGEST_SHIFT * Math.max(small.width, small.height);
    const isNear =
      Math.abs(shift.x) < most &&
      Math.abs(shift.y) < most &&
      Math.abs(shift.scaleX - 1) < LARGEST_SHIFT &&
      Math.abs(shift.scaleY - 1) < LARGEST_SHIFT;
    if (!isNear) return null;
  }
  return { ...shift, x: shift.x * factor, y: shift.y * factor };
}

/** Resamples a plane so that it coincides with the reference. Replicates edges. */
export function moved({ data, width, height }: Plane, shift: Shift): Plane {
  const into = new Float32Array(data.length);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++)
      into[at] = sample(
        data,
        width,
        height,
        placeOf(x, width, shift.x, shift.scaleX),
        placeOf(y, height, shift.y, shift.scaleY),
      );
  return { data: into, width, height };
}

/** Scales around the center, then shifts. */
function placeOf(at: number, side: number, shift: number, scale: number): number {
  const center = (side - 1) / 2;
  return center + (at - center) * scale + shift;
}

function sample(data: Float32Array, width: number, height: number, x: number, y: number): number {
  const left = Math.max(0, Math.min(width - 1, Math.floor(x)));
  const top = Math.max(0, Math.min(height - 1, Math.floor(y)));
  const right = Math.min(width - 1, left + 1);
  const bottom = Math.min(height - 1, top + 1);
  const across = Math.max(0, Math.min(1, x - left));
  const down = Math.max(0, Math.min(1, y - top));
  const [a, b] = [data[top * width + left] as number, data[top * width + right] as number];
  const [c, d] = [data[bottom * width + left] as number, data[bottom * width + right] as number];
  const upper = a + (b - a) * across;
  return upper + (c + (d - c) * across - upper) * down;
}

function shrink({ data, width, height }: Plane, factor: number): Plane {
  if (factor === 1) return { data, width, height };
  const [w, h] = [
    Math.max(1, Math.floor(width / factor)),
    Math.max(1, Math.floor(height / factor)),
  ];
  const into = new Float32Array(w * h);
  for (let y = 0; y < h * factor && y < height; y++)
    for (let x = 0; x < w * factor && x < width; x++) {
      const to = Math.floor(y / factor) * w + Math.floor(x / factor);
      into[to] = (into[to] as number) + (data[y * width + x] as number) / factor ** 2;
    }
  return { data: into, width: w, height: h };
}

/** Normal equations for x, y, both scales and brightness, `[UNKNOWNS, UNKNOWNS + 1]`. */
function equations(p: Plane, q: Plane, shift: Shift): Float64Array {
  const { width, height } = p;
  const target = moved(q, shift).data;
  const into = new Float64Array(UNKNOWNS * (UNKNOWNS + 1));
  const row = new Float64Array(UNKNOWNS + 1);
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const dx = ((target[at + 1] as number) - (target[at - 1] as number)) / 2;
      const dy = ((target[at + width] as number) - (target[at - width] as number)) / 2;
      row[0] = dx;
      row[1] = dy;
      row[2] = dx * (x - (width - 1) / 2);
      row[3] = dy * (y - (height - 1) / 2);
      row[4] = 1;
      row[5] = (p.data[at] as number) - (target[at] as number);
      for (let i = 0; i < UNKNOWNS; i++)
        for (let j = 0; j <= UNKNOWNS; j++) {
          const cell = i * (UNKNOWNS + 1) + j;
          into[cell] = (into[cell] as number) + (row[i] as number) * (row[j] as number);
        }
    }
  return into;
}

/** Gaussian elimination. @returns `null` when the equations are singular */
function solve(into: Float64Array): number[] | null {
  const columns = UNKNOWNS + 1;
  for (let i = 0; i < UNKNOWNS; i++) {
    const pivot = (into[i * columns + i] as number) * 1.001;
    if (!(pivot > 1e-6)) return null;
    into[i * columns + i] = pivot;
    for (let below = i + 1; below < UNKNOWNS; below++) {
      const factor = (into[below * columns + i] as number) / pivot;
      for (let j = i; j < columns; j++)
        into[below * columns + j] =
          (into[below * columns + j] as number) - factor * (into[i * columns + j] as number);
    }
  }
  const result = new Array<number>(UNKNOWNS).fill(0);
  for (let i = UNKNOWNS - 1; i >= 0; i--) {
    let sum = into[i * columns + UNKNOWNS] as number;
    for (let j = i + 1; j < UNKNOWNS; j++)
      sum -= (into[i * columns + j] as number) * (result[j] as number);
    result[i] = sum / (into[i * columns + i] as number);
  }
  return result;
}
