import { expect, test } from "vitest";
import {
  middleTruncated,
  nextSize,
  step,
  strongest,
  toggled,
} from "../../../src-renderer/ui/selection.ts";

test("moves within the list and stops at its ends", () => {
  expect(step(3, 3, 1, 10)).toBe(4);
  expect(step(9, 9, 1, 10)).toBe(9);
  expect(step(0, 0, -1, 10)).toBe(0);
  expect(step(null, 0, 1, 0)).toBeNull();
});

test("goes on with what moved up into the place of a cluster that is gone", () => {
  expect(step(null, 4, 1, 10)).toBe(4);
  expect(step(null, 4, -1, 10)).toBe(3);
  expect(step(null, 0, -1, 10)).toBe(0);
});

test("one key removes, and keeps what was removed", () => {
  expect([toggled(null), toggled("keep"), toggled("remove")]).toEqual(["remove", "remove", "keep"]);
});

test("goes through the sizes and back to the first", () => {
  expect(nextSize(180, [120, 180, 260])).toBe(260);
  expect(nextSize(260, [120, 180, 260])).toBe(120);
  expect(nextSize(200, [120, 180, 260])).toBe(260);
});

test("leaves both ends of a long path readable and counts characters, not code units", () => {
  expect(middleTruncated("cat/17.jpg", 20)).toBe("cat/17.jpg");
  const short = middleTruncated("animals/with/a/very/long/path/🐈-0001.jpg", 20);
  expect([...short]).toHaveLength(20);
  expect(short.startsWith("animals")).toBe(true);
  expect(short.endsWith("0001.jpg")).toBe(true);
});

test("a filter that a threshold or a decision overtakes is still answered as a filter", () => {
  expect(strongest("filter", "cut")).toBe("filter");
  expect(strongest("cut", "filter")).toBe("filter");
  expect(strongest("decision", "cut")).toBe("cut");
  expect(strongest("start", "filter")).toBe("start");
  expect(strongest(null, "decision")).toBe("decision");
});
