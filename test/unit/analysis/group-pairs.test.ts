import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Grouping } from "../../../src-main/contract/grouping.ts";
import type { Clusters } from "../../../src-main/engine/analysis/clusters/cluster.ts";
import { groupPairs, partsOf } from "../../../src-main/engine/analysis/clusters/group-pairs.ts";
import { unsupportedLinks } from "../../../src-main/engine/analysis/clusters/unsupported-links.ts";
import {
  anyGraph,
  componentsBySearch,
  type Edge,
  pairsOf,
  ringOf,
} from "../../support/random-pairs.ts";

function groupsOf(grouping: Grouping, edges: readonly Edge[], copies: Int32Array): Clusters {
  const accepted = new Uint8Array(edges.length).fill(1);
  return groupPairs(pairsOf(edges), accepted, copies, grouping);
}

const nodesOf = (clusters: Clusters): number[][] =>
  Array.from({ length: clusters.count }, (_, cluster) => [...partsOf(clusters, cluster).nodes]);
const ones = (count: number) => new Int32Array(count).fill(1);

/** A graph and a renumbering of its nodes. No two pairs have equal confidence, because then the nodes' order would decide. */
const renumbered = anyGraph.chain(({ edges, copies }) => {
  const nodes = [...copies.keys()];
  return fc.record({
    edges: fc.constant(edges.map((edge, at): Edge => ({ ...edge, confidence: 1 / (at + 2) }))),
    copies: fc.constant(copies),
    numbers: fc.shuffledSubarray(nodes, { minLength: nodes.length }),
  });
});

describe("closure", () => {
  test("gives the connected components with two files or more", () => {
    fc.assert(
      fc.property(anyGraph, ({ edges, copies }) => {
        const expected = componentsBySearch(copies.length, edges).filter(
          (nodes) => nodes.reduce((files, node) => files + (copies[node] ?? 0), 0) >= 2,
        );
        expect(nodesOf(groupsOf("closure", edges, copies))).toEqual(expected);
      }),
    );
  });
});

describe("cohesive clusters", () => {
  test("are parts of closure's clusters", () => {
    fc.assert(
      fc.property(anyGraph, ({ edges, copies }) => {
        const closed = groupsOf("closure", edges, copies);
        const cohesive = groupsOf("cohesive", edges, copies);
        for (const nodes of nodesOf(cohesive)) {
          expect(new Set(nodes.map((node) => closed.clusterOf[node])).size).toBe(1);
        }
        // Every image that had a cluster still has one.
        expect([...cohesive.nodes].sort((x, y) => x - y)).toEqual(
          [...closed.nodes].sort((x, y) => x - y),
        );
      }),
    );
  });

  test("do not depend on the numbering of images or the order of pairs", () => {
    fc.assert(
      fc.property(renumbered, ({ edges, copies, numbers }) => {
        const renamed = edges.toReversed().map((edge): Edge => {
          const [a = 0, b = 0] = [numbers[edge.a], numbers[edge.b]];
          return { ...edge, a: Math.min(a, b), b: Math.max(a, b) };
        });
        const counts = Int32Array.from(copies, (_, node) => copies[numbers.indexOf(node)] ?? 0);
        const sorted = (groups: number[][]) =>
          groups.map((nodes) => nodes.toSorted((x, y) => x - y).join()).sort();
        expect(sorted(nodesOf(groupsOf("cohesive", renamed, counts)))).toEqual(
          sorted(
            nodesOf(groupsOf("cohesive", edges, copies)).map((nodes) =>
              nodes.map((node) => numbers[node] ?? 0),
            ),
          ),
        );
      }),
    );
  });

  test("contain no link without other support", () => {
    fc.assert(
      fc.property(anyGraph, ({ edges, copies }) => {
        const cohesive = groupsOf("cohesive", edges, copies);
        for (let cluster = 0; cluster < cohesive.count; cluster++) {
          const { nodes, rows } = partsOf(cohesive, cluster);
          expect(unsupportedLinks(nodes, rows, pairsOf(edges), copies)).toHaveLength(0);
        }
      }),
    );
  });

  test("leave out only links without which the cluster falls apart", () => {
    fc.assert(
      fc.property(anyGraph, ({ edges, copies }) => {
        for (const nodes of componentsBySearch(copies.length, edges)) {
          const rows = [...edges.keys()].filter((row) => nodes.includes(edges[row]?.a ?? -1));
          const links = unsupportedLinks(
            Int32Array.from(nodes),
            Int32Array.from(rows),
            pairsOf(edges),
            copies,
          );
          for (const link of links) {
            const rest = edges.filter((_, row) => row !== link);
            expect(componentsBySearch(copies.length, rest)).not.toContainEqual(nodes);
          }
        }
      }),
    );
  });

  test("separate two groups joined by one pair, at every such pair of a chain", () => {
    const chain = [
      ...[0, 3, 6].flatMap((first) => ringOf(first, 0.8)),
      { a: 2, b: 3, similarity: 0.9 },
      { a: 5, b: 6, similarity: 0.9 },
    ];
    expect(nodesOf(groupsOf("closure", chain, ones(9)))).toHaveLength(1);
    expect(nodesOf(groupsOf("cohesive", chain, ones(9)))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7, 8],
    ]);
  });

  test("stay whole if two pairs join two groups", () => {
    const edges = [
      ...ringOf(0, 0.8),
      ...ringOf(3, 0.8),
      { a: 2, b: 3, similarity: 0.9 },
      { a: 1, b: 4, similarity: 0.3 },
    ];
    expect(nodesOf(groupsOf("cohesive", edges, ones(6)))).toHaveLength(1);
  });

  test("stay whole if copies of one image match only that image", () => {
    const star = [1, 2, 3, 4, 5].map((b) => ({ a: 0, b, similarity: 0.9 }));
    expect(nodesOf(groupsOf("cohesive", star, ones(6)))).toEqual([[0, 1, 2, 3, 4, 5]]);
  });

  test("assign an image between two groups to the one with the more certain pair", () => {
    const edges = [
      ...ringOf(0, 0.8),
      ...ringOf(4, 0.8),
      { a: 2, b: 3, similarity: 0.7 },
      { a: 3, b: 4, similarity: 0.6 },
    ];
    expect(nodesOf(groupsOf("cohesive", edges, ones(7)))).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6],
    ]);
  });

  test.each([
    ["similar", 2],
    ["resized", 1],
  ] as const)("of two images with copies that are %s: %i", (kind, count) => {
    const edges = [{ a: 0, b: 1, similarity: 0.95, kind }];
    expect(groupsOf("cohesive", edges, Int32Array.of(2, 2)).count).toBe(count);
  });

  test("of tens of thousands of images in a row are found without exhausting the stack", () => {
    const count = 40_000;
    const row = Array.from({ length: count - 1 }, (_, a) => ({
      a,
      b: a + 1,
      similarity: (a % 7) / 7,
    }));
    const { files } = groupsOf("cohesive", row, ones(count));
    expect(files.reduce((sum, size) => sum + size, 0)).toBe(count);
    expect(files.length).toBeGreaterThan(1);
  });
});
