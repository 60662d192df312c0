import { expect, test } from "vitest";
import type { PictureDetails } from "../../../src-main/contract/pictures.ts";
import { differences } from "../../../src-renderer/screens/review/compare/differences.ts";

const picture = {
  image: 1,
  split: "train",
  label: "cat",
  path: "cat/1.jpg",
  file: "/pets/train/cat/1.jpg",
  width: 640,
  height: 480,
  bytes: 4921,
  format: "jpeg",
  sha256: "ab".repeat(32),
  modifiedAt: Date.UTC(2026, 10, 23, 15, 55, 2, 100),
  exif: [{ name: "Model", value: "X100" }],
} as unknown as PictureDetails;

const differing = (other: Partial<PictureDetails>) =>
  differences([picture, { ...picture, ...other }]).filter(({ differs }) => differs);

test("facts that differ are marked and look different", () => {
  const other = { bytes: 4922, modifiedAt: (picture.modifiedAt ?? 0) + 1000, exif: [] };
  const rows = differing(other);
  expect(rows.map(({ name }) => name)).toEqual(["Size", "Modified", "Model"]);
  for (const { values } of rows) expect(new Set(values).size).toBe(2);
});

test("facts that look the same are not marked", () => {
  expect(differing({ modifiedAt: (picture.modifiedAt ?? 0) + 300 })).toEqual([]);
});
