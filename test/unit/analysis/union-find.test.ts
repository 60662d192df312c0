import { expect, test } from "vitest";
import { UnionFind } from "../../../src-main/engine/analysis/clusters/union-find.ts";

test("a set's root is its smallest member, whatever the order of the unions", () => {
  const unions = [
    [5, 4],
    [3, 5],
    [7, 6],
    [6, 3],
  ] as const;
  for (const order of [unions, unions.toReversed()]) {
    const sets = new UnionFind(9);
    for (const [a, b] of order) expect(sets.union(a, b)).toBe(true);
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map((node) => sets.find(node))).toEqual([
      0, 1, 2, 3, 3, 3, 3, 3, 8,
    ]);
  }
});

test("joining two nodes of one set reports that they were already joined", () => {
  const sets = new UnionFind(3);
  sets.union(0, 1);
  sets.union(1, 2);
  expect(sets.union(2, 0)).toBe(false);
});
