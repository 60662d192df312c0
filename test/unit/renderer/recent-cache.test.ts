import { expect, test } from "vitest";
import { RecentCache } from "../../../src-renderer/screens/review/recent-cache.ts";

test("never holds more than its limit, however many values pass through", () => {
  const cache = new RecentCache<number, number>(10);
  for (let i = 0; i < 1000; i++) cache.set(i, i);
  expect(cache.size).toBe(10);
  expect(cache.get(999)).toBe(999);
  expect(cache.get(989)).toBeUndefined();
});

test("forgets what was not used for longest", () => {
  const cache = new RecentCache<string, number>(2);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.get("a");
  cache.set("c", 3);
  expect([cache.has("a"), cache.has("b"), cache.has("c")]).toEqual([true, false, true]);
});

test("weighs values, and keeps one that is too heavy as long as it is the latest", () => {
  const cache = new RecentCache<string, number>(10, (weight) => weight);
  cache.set("a", 6);
  cache.set("b", 5000);
  expect([cache.has("a"), cache.has("b")]).toEqual([false, true]);
  cache.set("c", 1);
  expect([cache.has("b"), cache.has("c")]).toEqual([false, true]);
});
