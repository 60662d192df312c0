import { layOver } from "../decode/ground.ts";
import type { Pixels } from "./pixels.ts";
import type { ComparedPlanes, Plane } from "./tile-comparison.ts";

/**
 * Some rows of a picture as JPEG's luminance and chroma (ITU-R BT.601, full range), the chroma at half the resolution.
 * @param ground gray level under transparency
 */
export function readPlanes(
  { data, width, height, channels }: Pixels,
  ground: number,
  top = 0,
  bottom = height,
): ComparedPlanes {
  const pixels = data.subarray(top * width * channels, bottom * width * channels);
  const rgb = channels === 4 ? layOver(pixels, ground) : pixels;
  const rows = bottom - top;
  const luminance = newPlane(width, rows);
  const blue = newPlane(Math.ceil(width / 2), Math.ceil(rows / 2));
  const red = newPlane(blue.width, blue.height);
  for (let y = 0, at = 0, from = 0; y < rows; y++)
    for (let x = 0; x < width; x++, at++, from += 3) {
      const r = rgb[from] as number;
      const g = rgb[from + 1] as number;
      const b = rgb[from + 2] as number;
      const level = 0.299 * r + 0.587 * g + 0.114 * b;
      luminance.data[at] = level;
      // The last row and column of an odd picture have no neighbor to average with.
      const cells = (x === width - 1 && width % 2 ? 1 : 2) * (y === rows - 1 && rows % 2 ? 1 : 2);
      const to = (y >> 1) * blue.width + (x >> 1);
      blue.data[to] = (blue.data[to] as number) + (0.564 * (b - level)) / cells;
      red.data[to] = (red.data[to] as number) + (0.713 * (r - level)) / cells;
    }
  return [luminance, blue, red];
}

function newPlane(width: number, height: number): Plane {
  return { data: new Float32Array(width * height), width, height };
}
