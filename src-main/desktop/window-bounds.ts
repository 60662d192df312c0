export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Size of the first window, in device-independent pixels. */
const FIRST_SIZE = { width: 1440, height: 900 };

/** Room that the three columns of the review need. */
export const LEAST_SIZE = { width: 900, height: 600 };

/** As much of the window's top edge must be on a display that a hand can grab it. */
const LEAST_GRIP = { width: 120, height: 40 };

/**
 * Where to open the window: where it was, if that can still be reached on the displays of today; else in the middle.
 * @param workAreas the displays' areas without docks and bars
 */
export function fittingBounds(
  remembered: Bounds | undefined,
  workAreas: readonly Bounds[],
): Partial<Bounds> & Pick<Bounds, "width" | "height"> {
  if (!remembered) return FIRST_SIZE;
  const width = Math.max(LEAST_SIZE.width, remembered.width);
  const height = Math.max(LEAST_SIZE.height, remembered.height);
  const reachable = workAreas.some((area) => canGrab({ ...remembered, width, height }, area));
  return reachable ? { x: remembered.x, y: remembered.y, width, height } : { width, height };
}

function canGrab(window: Bounds, area: Bounds): boolean {
  const across =
    Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x);
  const top = window.y - area.y;
  return across >= LEAST_GRIP.width && top >= 0 && top <= area.height - LEAST_GRIP.height;
}
