import { expect, test } from "vitest";
import { PageCache } from "../../../src-renderer/screens/review/page-cache.ts";

const rows = (page: number) => Array.from({ length: 10 }, (_, i) => page * 10 + i);

test("a row is found by its index in the whole list", () => {
  const cache = new PageCache<number>(10, 3);
  cache.set(2, rows(2));
  expect(cache.row(25)).toBe(25);
  expect(cache.row(35)).toBeUndefined();
});

test("missing pages of a range are listed up to the end of the list", () => {
  const cache = new PageCache<number>(10, 5);
  cache.set(1, rows(1));
  expect(cache.missing(5, 34, 30)).toEqual([0, 2]);
  expect(cache.missing(0, 20, 0)).toEqual([]);
});

test("only the pages used last are kept", () => {
  const cache = new PageCache<number>(10, 2);
  cache.set(0, rows(0));
  cache.set(1, rows(1));
  cache.missing(0, 9, 100);
  cache.set(2, rows(2));
  expect(cache.pages.toSorted()).toEqual([0, 2]);
});

test("replacing a row leaves its neighbors alone", () => {
  const cache = new PageCache<number>(10, 2);
  cache.set(0, rows(0));
  cache.replace(3, 99);
  expect([cache.row(2), cache.row(3), cache.row(4)]).toEqual([2, 99, 4]);
  expect(cache.find((row) => row === 99)).toBe(3);
});
