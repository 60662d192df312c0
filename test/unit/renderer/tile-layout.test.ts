import { expect, test } from "vitest";
import { layOutTiles } from "../../../src-renderer/screens/review/tile-layout.ts";

const grid = { width: 596, tileSize: 180, pixelRatio: 1 };

test("fits at least one column, however narrow", () => {
  expect(layOutTiles(9, { ...grid, width: 50 }).columns).toBe(1);
  expect(layOutTiles(9, grid).columns).toBe(3);
  expect(layOutTiles(9, { ...grid, width: 595 }).columns).toBe(2);
});

test("shows two images as large as there is room, up to twice the size asked for", () => {
  expect(layOutTiles(2, grid)).toMatchObject({ columns: 2, tileWidth: 276 });
  expect(layOutTiles(2, { ...grid, width: 2000 })).toMatchObject({ columns: 2, tileWidth: 360 });
});

test("asks for thumbnails that are sharp on the screen", () => {
  expect(layOutTiles(2, grid).side).toBe(320);
  expect(layOutTiles(2, { ...grid, pixelRatio: 2 }).side).toBe(640);
});
