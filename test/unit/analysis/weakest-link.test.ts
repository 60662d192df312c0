import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unsupportedLinks } from "../../../src-main/engine/analysis/clusters/unsupported-links.ts";
import {
  sidesOfWeakestLink,
  weakestLink,
} from "../../../src-main/engine/analysis/clusters/weakest-link.ts";
import { anyGraph, componentsBySearch, pairsOf, ringOf } from "../../support/random-pairs.ts";

describe("the weakest link", () => {
  test("has the similarity of the threshold above which the cluster falls apart", () => {
    fc.assert(
      fc.property(anyGraph, ({ edges, copies }) => {
        for (const nodes of componentsBySearch(copies.length, edges)) {
          const rows = [...edges.keys()].filter((row) => nodes.includes(edges[row]?.a ?? -1));
          const held = [
            Int32Array.from(nodes),
            Int32Array.from(rows),
            pairsOf(edges),
            copies,
          ] as const;
          if (unsupportedLinks(...held).length > 0) continue;
          const link = weakestLink(...held);
          const holds = (similarity: number) =>
            componentsBySearch(
              copies.length,
              edges.filter((edge) => edge.similarity >= similarity),
            ).some((component) => component.length === nodes.length && component[0] === nodes[0]);
          const thresholds = [...edges.map(({ similarity }) => similarity), 1];
          expect(link.similarity).toBe(Math.max(...thresholds.filter(holds)));
          if (nodes.length > 1) expect(edges).toContainEqual(expect.objectContaining(link));
        }
      }),
    );
  });

  test("does not depend on the order of the pairs", () => {
    const ring = [
      { a: 0, b: 1, similarity: 0.5 },
      { a: 1, b: 2, similarity: 0.5 },
      { a: 2, b: 3, similarity: 0.5 },
      { a: 0, b: 3, similarity: 0.9 },
    ];
    const all = Int32Array.of(0, 1, 2, 3);
    const copies = Int32Array.of(1, 1, 1, 1);
    const link = weakestLink(all, all, pairsOf(ring), copies);
    expect(link).toEqual(weakestLink(all, all, pairsOf(ring.toReversed()), copies));
    expect(link).toEqual({ a: 1, b: 2, similarity: 0.5 });
  });

  test("of copies of one image joins two of them at similarity 1", () => {
    const link = weakestLink(
      Int32Array.of(6),
      new Int32Array(),
      pairsOf([]),
      Int32Array.from({ length: 7 }, () => 2),
    );
    expect(link).toEqual({ a: 6, b: 6, similarity: 1 });
  });

  test("is a link without other support, even if another link is less similar", () => {
    const edges = [...ringOf(0, 0.7), ...ringOf(3, 0.6), { a: 2, b: 3, similarity: 0.9 }];
    const nodes = Int32Array.of(0, 1, 2, 3, 4, 5);
    const held = [
      nodes,
      Int32Array.from(edges.keys()),
      pairsOf(edges),
      new Int32Array(6).fill(1),
    ] as const;
    expect(weakestLink(...held)).toEqual({ a: 2, b: 3, similarity: 0.9 });
    const [one, other] = sidesOfWeakestLink(...held);
    expect([[...one], [...other]]).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });
});
