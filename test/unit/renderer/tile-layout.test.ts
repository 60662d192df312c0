import { expect, test } from "vitest";
import { layOutTiles } from "../../../src-renderer/screens/review/tile-layout.ts";

const grid = { width: 596, height: 900, tileSize: 180, pixelRatio: 1 };

test("fits at least one column, however narrow", () => {
  expect(layOutTiles(9, { ...grid, width: 50 }).columns).toBe(1);
  expect(layOutTiles(9, grid).columns).toBe(3);
  expect(layOutTiles(9, { ...grid, width: 595 }).columns).toBe(2);
});

test("shows two images as large as there is room, up to thrice the size asked for", () => {
  expect(layOutTiles(2, grid)).toMatchObject({ columns: 2, tileWidth: 276 });
  expect(layOutTiles(2, { ...grid, width: 2000 })).toMatchObject({ columns: 2, tileWidth: 540 });
});

test("lets tiles grow only as long as all of them is seen, and never below the size asked for", () => {
  const { rowHeight, tileWidth } = layOutTiles(2, { ...grid, width: 2000, height: 400 });
  expect(rowHeight).toBeLessThanOrEqual(400);
  expect(tileWidth).toBeGreaterThan(180);
  expect(layOutTiles(2, { ...grid, height: 200 }).tileWidth).toBe(180);
});

test("asks for thumbnails that are sharp on the screen", () => {
  expect(layOutTiles(2, grid).side).toBe(320);
  expect(layOutTiles(2, { ...grid, pixelRatio: 2 }).side).toBe(640);
});
