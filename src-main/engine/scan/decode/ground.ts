/** Visible content whose mean darkness is below this share counts as nearly white. */
const NEARLY_WHITE = 0.08;
/** Pictures with less transparency than this share are always laid over white. */
const LEAST_TRANSPARENCY = 0.05;

export const WHITE = 255;
/** The ground under content that white would hide. */
export const DARK = 32;
/** Two gray tones that contrast with both black and white content. */
const CHECKER_TONES = [168, 112] as const;
/** Side of a checkered square, in pixels. */
const CHECKER_SIDE = 8;

/**
 * The gray level to lay a picture with transparency over: white, unless its visible content is nearly white.
 * @param rgba interleaved, 0 to 255, straight alpha
 */
export function groundOf(rgba: Uint8Array): number {
  let visible = 0;
  let darkness = 0;
  for (let at = 0; at < rgba.length; at += 4) {
    const alpha = rgba[at + 3] as number;
    if (alpha === 0) continue;
    visible += alpha;
    darkness += alpha * (WHITE - luminanceAt(rgba, at));
  }
  const transparency = 1 - (4 * visible) / (WHITE * rgba.length);
  if (visible === 0 || transparency < LEAST_TRANSPARENCY) return WHITE;
  return darkness / visible / WHITE < NEARLY_WHITE ? DARK : WHITE;
}

function luminanceAt(rgba: Uint8Array, at: number): number {
  const [red, green, blue] = [rgba[at], rgba[at + 1], rgba[at + 2]] as [number, number, number];
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/**
 * Lays a picture over a gray ground. A picture that is transparent everywhere keeps its colors: nothing else tells it apart.
 * @param rgba interleaved, 0 to 255, straight alpha
 * @returns RGB
 */
export function layOver(rgba: Uint8Array, ground = groundOf(rgba)): Uint8Array {
  const into = new Uint8Array((rgba.length / 4) * 3);
  const opaque = isTransparent(rgba);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3)
    layPixel(rgba, from, opaque ? WHITE : (rgba[from + 3] as number), ground, into, to);
  return into;
}

/** Lays a picture over a checkered ground. @returns RGB */
export function layOverCheckers(rgba: Uint8Array, width: number): Uint8Array {
  const into = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0, pixel = 0; from < rgba.length; from += 4, to += 3, pixel++) {
    const column = Math.floor((pixel % width) / CHECKER_SIDE);
    const row = Math.floor(pixel / width / CHECKER_SIDE);
    const ground = CHECKER_TONES[(column + row) % 2] as number;
    layPixel(rgba, from, rgba[from + 3] as number, ground, into, to);
  }
  return into;
}

function layPixel(
  rgba: Uint8Array,
  from: number,
  alpha: number,
  ground: number,
  into: Uint8Array,
  to: number,
): void {
  for (let channel = 0; channel < 3; channel++) {
    const value = rgba[from + channel] as number;
    into[to + channel] = Math.round((value * alpha + ground * (WHITE - alpha)) / WHITE);
  }
}

function isTransparent(rgba: Uint8Array): boolean {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== 0) return false;
  return true;
}
