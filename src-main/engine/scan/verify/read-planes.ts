import { layOver } from "../decode/ground.ts";
import type { Pixels } from "./pixels.ts";
import type { ComparedPlanes } from "./tile-comparison.ts";

/**
 * Some rows of a picture as JPEG's luminance and chroma (ITU-R BT.601, full range).
 * @param ground gray level under transparency
 */
export function readPlanes(
  { data, width, height, channels }: Pixels,
  ground: number,
  top = 0,
  bottom = height,
): ComparedPlanes {
  const rows = data.subarray(top * width * channels, bottom * width * channels);
  const rgb = channels === 4 ? layOver(rows, ground) : rows;
  const size = width * (bottom - top);
  const luminance = new Float32Array(size);
  const blue = new Float32Array(size);
  const red = new Float32Array(size);
  for (let at = 0, from = 0; at < size; at++, from += 3) {
    const [r, g, b] = [rgb[from], rgb[from + 1], rgb[from + 2]] as [number, number, number];
    const y = 0.299 * r + 0.587 * g + 0.114 * b;
    luminance[at] = y;
    blue[at] = 0.564 * (b - y);
    red[at] = 0.713 * (r - y);
  }
  return { width, height: bottom - top, planes: [luminance, blue, red] };
}
