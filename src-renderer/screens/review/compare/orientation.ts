import type { Alignment, Orientation } from "../../../../src-main/contract/pictures.ts";

/** As the picture lies, and of no known place in another. */
export const UPRIGHT: Alignment = { mirrored: false, turns: 0, frame: null };

/** The orientation as a CSS transform. */
export function transformOf({ mirrored, turns }: Orientation): string {
  const turn = turns === 0 ? "" : `rotate(${turns * 90}deg)`;
  // CSS applies the last one first.
  return [turn, mirrored ? "scaleX(-1)" : ""].filter(Boolean).join(" ") || "none";
}

/** What was done to show it so, in words; `null` for nothing. */
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
