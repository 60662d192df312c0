import { expect, test } from "vitest";
import {
  MOST_ZOOM,
  panned,
  WHOLE,
  zoomed,
} from "../../../src-renderer/screens/review/compare/view.ts";

test("the place under the pointer stays where it is while zooming", () => {
  const before = zoomed(WHOLE, 3);
  const [atX, atY] = [0.2, -0.1];
  const place = (view: typeof before) => [view.x + atX / view.zoom, view.y + atY / view.zoom];
  const after = zoomed(before, 2, atX, atY);
  expect(place(after)[0]).toBeCloseTo(place(before)[0] ?? 0);
  expect(place(after)[1]).toBeCloseTo(place(before)[1] ?? 0);
});

test("neither leaves the picture nor becomes smaller than the whole", () => {
  expect(zoomed(WHOLE, 0.1)).toEqual(WHOLE);
  expect(zoomed(WHOLE, 1000).zoom).toBe(MOST_ZOOM);
  expect(panned(zoomed(WHOLE, 2), 5, 5)).toEqual({ zoom: 2, x: 0.25, y: 0.25 });
  expect(panned(WHOLE, 0.3, 0.3)).toEqual(WHOLE);
});
