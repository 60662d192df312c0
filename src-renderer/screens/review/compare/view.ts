/** What part of the aligned pictures is seen: the same for every pane. */
export interface View {
  /** 1 shows the whole frame. */
  readonly zoom: number;
  /** Center of the pane, in [0, 1] of the frame. */
  readonly x: number;
  readonly y: number;
}

export const WHOLE: View = { zoom: 1, x: 0.5, y: 0.5 };
export const MOST_ZOOM = 64;

function clamped(zoom: number, x: number, y: number): View {
  const within = Math.min(MOST_ZOOM, Math.max(1, zoom));
  // The frame's edge never comes further in than the pane's.
  const margin = 0.5 / within;
  const inside = (at: number) => Math.min(1 - margin, Math.max(margin, at));
  return { zoom: within, x: inside(x), y: inside(y) };
}

/**
 * Enlarges around a place that stays where it is.
 * @param factor above 1 to come nearer
 * @param atX,atY the place, in [-0.5, 0.5] of the pane from its center
 */
export function zoomed(view: View, factor: number, atX = 0, atY = 0): View {
  const zoom = Math.min(MOST_ZOOM, Math.max(1, view.zoom * factor));
  const x = view.x + atX / view.zoom - atX / zoom;
  const y = view.y + atY / view.zoom - atY / zoom;
  return clamped(zoom, x, y);
}

/** Moves the frame along with a hand. @param dx,dy in [0, 1] of the pane */
export function panned(view: View, dx: number, dy: number): View {
  return clamped(view.zoom, view.x - dx / view.zoom, view.y - dy / view.zoom);
}

/** The view as a transform of something that fills the pane. */
export function transformOfView({ zoom, x, y }: View): string {
  return `translate(${(0.5 - x) * zoom * 100}%, ${(0.5 - y) * zoom * 100}%) scale(${zoom})`;
}
