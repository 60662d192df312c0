import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Clusters, clusterPairs } from "../../../src-main/engine/analysis/clusters/cluster.ts";
import {
  acceptPairs,
  resolveThreshold,
} from "../../../src-main/engine/analysis/clusters/thresholds.ts";
import { anyGraph, componentsBySearch, type Edge, pairsOf } from "../../support/random-pairs.ts";

function clustersAt(cosine: number, edges: readonly Edge[], copies: Int32Array): Clusters {
  const pairs = pairsOf(edges);
  const threshold = resolveThreshold({ strategy: "cosine", cosine }, new Float64Array());
  return clusterPairs(pairs, acceptPairs(pairs, threshold), copies);
}

const parts = (start: Int32Array, items: Int32Array): number[][] =>
  Array.from(start.subarray(1), (end, i) => Array.from(items.subarray(start[i], end)));
const nodesOf = ({ nodeStart, nodes }: Clusters) => parts(nodeStart, nodes);
const rowsOf = ({ pairStart, pairRows }: Clusters) => parts(pairStart, pairRows);
const ones = (count: number) => new Int32Array(count).fill(1);

describe("clusters", () => {
  test("are the connected components of the accepted pairs that have two files or more", () => {
    fc.assert(
      fc.property(anyGraph, fc.integer({ min: 0, max: 10 }), ({ edges, copies }, tenths) => {
        const accepted = edges.filter(({ similarity }) => similarity >= tenths / 10);
        const expected = componentsBySearch(copies.length, accepted).filter(
          (nodes) => nodes.reduce((files, node) => files + (copies[node] ?? 0), 0) >= 2,
        );
        const clusters = clustersAt(tenths / 10, edges, copies);
        expect(nodesOf(clusters)).toEqual(expected);
        expect([...clusters.files]).toEqual(
          expected.map((nodes) => nodes.reduce((files, node) => files + (copies[node] ?? 0), 0)),
        );
      }),
    );
  });

  test("do not depend on the order of the pairs", () => {
    const shuffled = anyGraph.chain((graph) =>
      fc.tuple(
        fc.constant(graph),
        fc.shuffledSubarray([...graph.edges], {
          minLength: graph.edges.length,
        }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([{ edges, copies }, others]) => {
        expect(nodesOf(clustersAt(0.5, others, copies))).toEqual(
          nodesOf(clustersAt(0.5, edges, copies)),
        );
      }),
    );
  });

  test("only merge when the threshold falls", () => {
    fc.assert(
      fc.property(anyGraph, ({ edges, copies }) => {
        const low = clustersAt(0.3, edges, copies);
        for (const nodes of nodesOf(clustersAt(0.7, edges, copies))) {
          const around = new Set(nodes.map((node) => low.clusterOf[node]));
          expect(around.size).toBe(1);
          expect(around).not.toContain(-1);
        }
      }),
    );
  });

  test("record every node's cluster and the accepted pairs that connect each cluster", () => {
    fc.assert(
      fc.property(anyGraph, ({ edges, copies }) => {
        const clusters = clustersAt(0.5, edges, copies);
        for (const [cluster, nodes] of nodesOf(clusters).entries()) {
          for (const node of nodes) expect(clusters.clusterOf[node]).toBe(cluster);
        }
        expect(clusters.clusterOf.filter((cluster) => cluster >= 0)).toHaveLength(
          clusters.nodes.length,
        );
        const held = rowsOf(clusters);
        const expected = nodesOf(clusters).map((nodes) =>
          [...edges.keys()].filter((row) => {
            const edge = edges[row];
            return edge && edge.similarity >= 0.5 && nodes.includes(edge.a);
          }),
        );
        expect(held).toEqual(expected);
      }),
    );
  });

  test("do not exist for a single image, but for two copies of it", () => {
    expect(clustersAt(0, [], ones(1)).count).toBe(0);
    expect(nodesOf(clustersAt(0, [], Int32Array.of(2)))).toEqual([[0]]);
  });

  test("do not exist without images", () => {
    expect(clustersAt(0, [], ones(0)).count).toBe(0);
  });

  test("exist for two images if their pair is accepted", () => {
    const edges = [{ a: 0, b: 1, similarity: 0.9 }];
    expect(nodesOf(clustersAt(0.9, edges, ones(2)))).toEqual([[0, 1]]);
    expect(clustersAt(0.91, edges, ones(2)).count).toBe(0);
  });

  test("join identical images into one", () => {
    const edges = Array.from({ length: 99 }, (_, i) => ({ a: i, b: i + 1, similarity: 1 }));
    expect(nodesOf(clustersAt(1, edges, ones(100)))).toEqual([[...Array(100).keys()]]);
  });
});
