import type { Alignment, Orientation } from "../../../../src-main/contract/pictures.ts";

/** The visible part of the aligned images, the same in every pane. */
export interface View {
  /** In [1, {@link MOST_ZOOM}]; 1 shows the whole frame. */
  readonly zoom: number;
  /** Center of the pane, in [0, 1] of the frame. */
  readonly x: number;
  readonly y: number;
}

export const WHOLE: View = { zoom: 1, x: 0.5, y: 0.5 };
export const MOST_ZOOM = 64;

function clamped(zoom: number, x: number, y: number): View {
  const within = Math.min(MOST_ZOOM, Math.max(1, zoom));
  // The frame always fills the pane.
  const margin = 0.5 / within;
  const inside = (at: number) => Math.min(1 - margin, Math.max(margin, at));
  return { zoom: within, x: inside(x), y: inside(y) };
}

/**
 * Zooms around a fixed point.
 * @param factor above 1 to enlarge
 * @param atX,atY the point, in [-0.5, 0.5] of the pane from its center
 */
export function zoomed(view: View, factor: number, atX = 0, atY = 0): View {
  const zoom = Math.min(MOST_ZOOM, Math.max(1, view.zoom * factor));
  const x = view.x + atX / view.zoom - atX / zoom;
  const y = view.y + atY / view.zoom - atY / zoom;
  return clamped(zoom, x, y);
}

/** Moves the frame with the pointer. @param dx,dy in [0, 1] of the pane */
export function panned(view: View, dx: number, dy: number): View {
  return clamped(view.zoom, view.x - dx / view.zoom, view.y - dy / view.zoom);
}

/** The view as the CSS transform of an element that fills the pane. */
export function transformOfView({ zoom, x, y }: View): string {
  return `translate(${(0.5 - x) * zoom * 100}%, ${(0.5 - y) * zoom * 100}%) scale(${zoom})`;
}

/** Neither mirrored nor turned, and not placed in another image. */
export const UPRIGHT: Alignment = { mirrored: false, turns: 0, frame: null };

/** The orientation as a CSS transform. */
export function transformOf({ mirrored, turns }: Orientation): string {
  const turn = turns === 0 ? "" : `rotate(${turns * 90}deg)`;
  // CSS applies the last one first.
  return [turn, mirrored ? "scaleX(-1)" : ""].filter(Boolean).join(" ") || "none";
}

/** A description of how an image was rotated or mirrored for the comparison; `null` if it was not. */
export function orientationText({ mirrored, turns }: Orientation): string | null {
  if (mirrored && turns === 2) return "shown mirrored top to bottom";
  const parts = [
    mirrored ? "mirrored" : null,
    turns === 2
      ? "turned by 180°"
      : turns === 1
        ? "turned right"
        : turns === 3
          ? "turned left"
          : null,
  ].filter(Boolean);
  return parts.length === 0 ? null : `shown ${parts.join(" and ")}`;
}
