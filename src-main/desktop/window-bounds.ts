export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Size of the first window, in device-independent pixels. */
const DEFAULT_SIZE = { width: 1440, height: 900 };

/** Fits the three columns of the review screen. */
export const MIN_SIZE = { width: 900, height: 600 };

/** The part of the window's top edge that must be on a display, for the mouse to grab. */
const MIN_GRIP = { width: 120, height: 40 };

/**
 * Where to open the window: where it was, if that is still reachable on the current displays; otherwise centered.
 * @param workAreas the displays without docks and bars.
 */
export function fittingBounds(
  remembered: Bounds | undefined,
  workAreas: readonly Bounds[],
): Partial<Bounds> & Pick<Bounds, "width" | "height"> {
  if (!remembered) return DEFAULT_SIZE;
  const width = Math.max(MIN_SIZE.width, remembered.width);
  const height = Math.max(MIN_SIZE.height, remembered.height);
  const reachable = workAreas.some((area) => canGrab({ ...remembered, width, height }, area));
  return reachable ? { x: remembered.x, y: remembered.y, width, height } : { width, height };
}

function canGrab(window: Bounds, area: Bounds): boolean {
  const across =
    Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x);
  const top = window.y - area.y;
  return across >= MIN_GRIP.width && top >= 0 && top <= area.height - MIN_GRIP.height;
}
