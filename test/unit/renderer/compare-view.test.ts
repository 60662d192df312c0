import { expect, test } from "vitest";
import {
  MOST_ZOOM,
  orientationText,
  panned,
  transformOf,
  UPRIGHT,
  WHOLE,
  zoomed,
} from "../../../src-renderer/screens/review/compare/view.ts";

test("zooming keeps the point under the pointer fixed", () => {
  const before = zoomed(WHOLE, 3);
  const [atX, atY] = [0.2, -0.1];
  const point = (view: typeof before) => [view.x + atX / view.zoom, view.y + atY / view.zoom];
  const after = zoomed(before, 2, atX, atY);
  expect(point(after)[0]).toBeCloseTo(point(before)[0] ?? 0);
  expect(point(after)[1]).toBeCloseTo(point(before)[1] ?? 0);
});

test("the view stays inside the image and never becomes smaller than the pane", () => {
  expect(zoomed(WHOLE, 0.1)).toEqual(WHOLE);
  expect(zoomed(WHOLE, 1000).zoom).toBe(MOST_ZOOM);
  expect(panned(zoomed(WHOLE, 2), 5, 5)).toEqual({ zoom: 2, x: 0.25, y: 0.25 });
  expect(panned(WHOLE, 0.3, 0.3)).toEqual(WHOLE);
});

test("an orientation is described in words and as a CSS transform", () => {
  expect(orientationText(UPRIGHT)).toBeNull();
  expect(orientationText({ mirrored: true, turns: 0 })).toBe("shown mirrored");
  expect(orientationText({ mirrored: true, turns: 2 })).toBe("shown mirrored top to bottom");
  expect(orientationText({ mirrored: false, turns: 1 })).toBe("shown turned right");
  expect(transformOf({ mirrored: true, turns: 1 })).toBe("rotate(90deg) scaleX(-1)");
});
