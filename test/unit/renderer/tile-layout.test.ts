import { expect, test } from "vitest";
import { layOutTiles } from "../../../src-renderer/screens/review/tile-layout.ts";

const grid = { width: 596, height: 900, tileSize: 180, pixelRatio: 1 };

test("a narrow grid has at least one column", () => {
  expect(layOutTiles(9, { ...grid, width: 50 }).columns).toBe(1);
  expect(layOutTiles(9, grid).columns).toBe(3);
  expect(layOutTiles(9, { ...grid, width: 595 }).columns).toBe(2);
});

test("two images fill the space, up to three times the chosen size", () => {
  expect(layOutTiles(2, grid)).toMatchObject({ columns: 2, tileWidth: 276 });
  expect(layOutTiles(2, { ...grid, width: 2000 })).toMatchObject({ columns: 2, tileWidth: 540 });
});

test("tiles stay fully visible, but never below the chosen size", () => {
  const { rowHeight, tileWidth } = layOutTiles(2, { ...grid, width: 2000, height: 400 });
  expect(rowHeight).toBeLessThanOrEqual(400);
  expect(tileWidth).toBeGreaterThan(180);
  expect(layOutTiles(2, { ...grid, height: 200 }).tileWidth).toBe(180);
});

test("thumbnails are large enough for the screen's pixel ratio", () => {
  expect(layOutTiles(2, grid).side).toBe(320);
  expect(layOutTiles(2, { ...grid, pixelRatio: 2 }).side).toBe(640);
});
