import { expect, test } from "vitest";
import { DEFAULT_RULES, type KeeperCriterion } from "../../../src-main/contract/keeper.ts";
import {
  CRITERION_KINDS,
  moved,
  namesOf,
  orderOf,
  rowsOf,
  sideOf,
  withSide,
} from "../../../src-renderer/screens/rules/editable-rules.ts";

const LISTS: KeeperCriterion[] = [
  { split: ["test", "val"] },
  { folder: ["cat, dog"] },
  { format: ["png"] },
];

test("every criterion is unchanged after a round trip through the editor", () => {
  const plain = CRITERION_KINDS.flatMap((kind) => orderOf([{ kind, names: null }])).filter(
    (criterion) => typeof criterion === "string",
  );
  const order = [...LISTS, ...plain];
  expect(orderOf(rowsOf(order))).toEqual(order);
  expect(new Set(rowsOf(order).map(({ kind }) => kind))).toEqual(new Set(CRITERION_KINDS));
});

test("an empty list of names is ignored", () => {
  expect(orderOf([{ kind: "folders", names: [] }])).toEqual([]);
  expect(namesOf(" a, b \n\n\tc\na, b")).toEqual(["a, b", "c"]);
});

test("an element moves past others, which keep their order", () => {
  expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
  expect(moved(["a", "b", "c"], 2, 1)).toEqual(["a", "c", "b"]);
});

test("the side of a leak is read back as chosen", () => {
  for (const side of ["training", "others", "all", "both"] as const) {
    expect(sideOf(withSide(DEFAULT_RULES, side))).toBe(side);
  }
  expect(sideOf({ ...DEFAULT_RULES, from: ["val"] })).toBe("named");
});
