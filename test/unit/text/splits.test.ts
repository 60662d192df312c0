import { expect, test } from "vitest";
import {
  SPLIT_COLORS,
  SPLIT_ORDER,
  splitColorIndexes,
  splitOfFolder,
  trainingSplit,
} from "../../../src-main/text/splits.ts";

test("folders are recognized by the names in common use, in any case", () => {
  expect(["Training", "TEST", "valid", "validation", "extra"].map(splitOfFolder)).toEqual([
    "train",
    "test",
    "val",
    "val",
    undefined,
  ]);
});

test("a folder is recognized by a word of its name, unless its words name several splits", () => {
  const names = ["train2017", "my-train_images", "train_part1", "dev", "Evaluation", "imagesTr"];
  expect(names.map(splitOfFolder)).toEqual(["train", "train", "train", "val", "test", "train"]);
  expect(["trainval", "train_test", "pretrained", "devices"].map(splitOfFolder)).toEqual(
    Array(4).fill(undefined),
  );
});

test("the training split is the one named train, else the first", () => {
  const named = (...names: string[]) => names.map((name) => ({ name }));
  expect(trainingSplit(named("test", "train"))).toBe("train");
  expect(trainingSplit(named("day", "night"))).toBe("day");
  expect(trainingSplit([])).toBeNull();
});

test("train, test and val keep their colors, and other splits take the remaining ones in turn", () => {
  const others = ["a", "b", "c", "d", "e", "f"];
  const indexes = splitColorIndexes(["test", ...others, "train", "Val"]);
  expect([...indexes.values()]).toEqual([1, 3, 4, 5, 6, 7, 3, 0, 2]);
  expect(SPLIT_ORDER).toEqual(["train", "test", "val"]);
});

/** Relative luminance, WCAG 2.2. */
function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((start) => {
    const value = Number.parseInt(color.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

test.each(SPLIT_COLORS)("$light and $dark are legible on the surfaces of their themes", (color) => {
  const contrast = (a: string, b: string) => {
    const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  for (const surface of ["#ffffff", "#e8e8e8"]) {
    expect(contrast(color.light, surface)).toBeGreaterThan(4.5);
  }
  for (const surface of ["#121212", "#343434"]) {
    expect(contrast(color.dark, surface)).toBeGreaterThan(4.5);
  }
});
