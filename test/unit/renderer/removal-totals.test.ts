import { expect, test } from "vitest";
import type { RemovalPreview } from "../../../src-main/contract/decisions.ts";
import type { ImageId } from "../../../src-main/contract/ids.ts";
import {
  balanceChanges,
  filesThatGo,
  totalsBy,
} from "../../../src-renderer/screens/removal/totals.ts";

const id = (value: number) => value as ImageId;
const preview: RemovalPreview = {
  items: [1, 2, 3, 4].map((image) => ({
    image: id(image),
    split: image < 4 ? "train" : "test",
    path: `${image}.jpg`,
    label: "cat",
    bytes: 10,
    anchor: null,
  })),
  bytes: 40,
  emptied: [{ anchor: id(1), size: 2 }],
  balance: {
    train: { cat: { before: 10, after: 7 }, dog: { before: 5, after: 5 } },
    test: { cat: { before: 2, after: 1 } },
  },
};

test("clusters that would keep nothing are held back until they are ticked", () => {
  expect(filesThatGo(preview, new Set())).toBe(2);
  expect(filesThatGo(preview, new Set([1]))).toBe(4);
});

test("counts what goes by any name, most first", () => {
  expect(totalsBy(preview.items, ({ split }) => split)).toEqual([
    { name: "train", images: 3 },
    { name: "test", images: 1 },
  ]);
});

test("lists the classes that lose the largest share first, and none that lose nothing", () => {
  expect(balanceChanges(preview.balance).map(({ split, label }) => [split, label])).toEqual([
    ["test", "cat"],
    ["train", "cat"],
  ]);
});
