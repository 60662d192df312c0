import { expect, test } from "vitest";
import {
  middleTruncated,
  nextSize,
  step,
  strongest,
  toggled,
} from "../../../src-renderer/ui/selection.ts";

test("steps stay within the list", () => {
  expect(step(3, 3, 1, 10)).toBe(4);
  expect(step(9, 9, 1, 10)).toBe(9);
  expect(step(0, 0, -1, 10)).toBe(0);
  expect(step(null, 0, 1, 0)).toBeNull();
});

test("after a cluster disappears, steps continue from its index", () => {
  expect(step(null, 4, 1, 10)).toBe(4);
  expect(step(null, 4, -1, 10)).toBe(3);
  expect(step(null, 0, -1, 10)).toBe(0);
});

test("the remove key keeps an image that is already marked", () => {
  expect([toggled(null), toggled("keep"), toggled("remove")]).toEqual(["remove", "remove", "keep"]);
});

test("sizes cycle back to the first", () => {
  expect(nextSize(180, [120, 180, 260])).toBe(260);
  expect(nextSize(260, [120, 180, 260])).toBe(120);
  expect(nextSize(200, [120, 180, 260])).toBe(260);
});

test("a long path keeps both ends and is measured in characters, not code units", () => {
  expect(middleTruncated("cat/17.jpg", 20)).toBe("cat/17.jpg");
  const short = middleTruncated("animals/with/a/very/long/path/🐈-0001.jpg", 20);
  expect([...short]).toHaveLength(20);
  expect(short.startsWith("animals")).toBe(true);
  expect(short.endsWith("0001.jpg")).toBe(true);
});

test("a refresh keeps the strongest of its causes", () => {
  expect(strongest("filter", "cut")).toBe("filter");
  expect(strongest("cut", "filter")).toBe("filter");
  expect(strongest("decision", "cut")).toBe("cut");
  expect(strongest("start", "filter")).toBe("start");
  expect(strongest(null, "decision")).toBe("decision");
});
