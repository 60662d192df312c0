import { expect, test } from "vitest";
import type { ImageId } from "../../../src-main/contract/ids.ts";
import {
  balanceChanges,
  heldClusters,
  losesTooMuch,
  reasonText,
  removalCount,
} from "../../../src-renderer/screens/plan/totals.ts";

const id = (value: number) => value as ImageId;
const operation = {
  image: id(1),
  split: "train",
  path: "a.jpg",
  label: "cat",
  cluster: id(1),
  sha256: "0".repeat(64),
  bytes: 10,
  sidecars: [],
};
const keeper = { split: "test", path: "b.jpg" };

test("skips clusters that would lose all images until they are ticked", () => {
  const emptied = [
    { cluster: id(1), size: 2, allowed: false },
    { cluster: id(5), size: 3, allowed: true },
  ];
  expect(heldClusters({ emptied } as never)).toEqual(new Set([1]));
});

test("counts as hard links only images with a keeper in their split that are not skipped", () => {
  const at = (split: string) => ({ split, path: "kept.jpg" });
  const plan = {
    operations: [
      { ...operation, cluster: id(1), keeper: at("train") },
      { ...operation, cluster: id(2), keeper: at("test") },
      { ...operation, cluster: null, keeper: null },
      { ...operation, cluster: id(5), keeper: at("train") },
    ],
    emptied: [{ cluster: id(5), size: 1, allowed: false }],
    totals: { images: 3 },
  } as never;
  expect(removalCount(plan, "hardlink")).toBe(1);
  expect(removalCount(plan, "quarantine")).toBe(3);
});

test("lists the classes with the largest share of losses first, and none without losses", () => {
  const changes = balanceChanges({
    train: { cat: { before: 10, after: 8 }, dog: { before: 5, after: 5 } },
    test: { cat: { before: 2, after: 1 } },
  });
  expect(changes.map(({ split, label }) => [split, label])).toEqual([
    ["test", "cat"],
    ["train", "cat"],
  ]);
  expect(changes.map(losesTooMuch)).toEqual([true, false]);
});

test("shows once why a file is removed and which copy is kept", () => {
  expect(reasonText({ ...operation, reason: "marked remove", keeper })).toBe(
    "marked remove; test/b.jpg is kept",
  );
  const leak = "leak: same-bytes copy of test/b.jpg";
  expect(reasonText({ ...operation, reason: leak, keeper })).toBe(leak);
  expect(reasonText({ ...operation, reason: "marked remove", keeper: null })).toBe("marked remove");
});
