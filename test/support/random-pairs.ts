import fc from "fast-check";
import { EVIDENCE_KINDS, type EvidenceKind } from "../../src-main/contract/evidence-kind.ts";
import type { Pairs } from "../../src-main/engine/data/pairs.ts";

/** A pair in a test. Omitted fields follow from the similarity, as for unit vectors. */
export interface Edge {
  readonly a: number;
  readonly b: number;
  readonly similarity: number;
  readonly distance?: number;
  readonly confidence?: number;
  readonly kind?: EvidenceKind;
}

export function pairsOf(edges: readonly Edge[]): Pairs {
  return {
    count: edges.length,
    a: Int32Array.from(edges, ({ a }) => a),
    b: Int32Array.from(edges, ({ b }) => b),
    similarity: Float64Array.from(edges, ({ similarity }) => similarity),
    distance: Float64Array.from(
      edges,
      ({ similarity, distance }) => distance ?? Math.sqrt(Math.max(0, 2 - 2 * similarity)),
    ),
    confidence: Float64Array.from(edges, ({ similarity, confidence }) => confidence ?? similarity),
    kind: Uint8Array.from(edges, ({ kind }) => EVIDENCE_KINDS.indexOf(kind ?? "resized")),
  };
}

/** Three pictures that match each other. @param first the smallest of their nodes */
export function ringOf(first: number, similarity: number): Edge[] {
  return [
    { a: first, b: first + 1, similarity },
    { a: first, b: first + 2, similarity },
    { a: first + 1, b: first + 2, similarity },
  ];
}

export interface Graph {
  readonly edges: readonly Edge[];
  readonly copies: Int32Array;
}

/** Small graphs of many shapes: isolated nodes, copies, chains, rings, several components, equal similarities. */
export const anyGraph: fc.Arbitrary<Graph> = fc.integer({ min: 2, max: 14 }).chain((nodes) => {
  const node = fc.integer({ min: 0, max: nodes - 1 });
  const edge = fc
    .tuple(node, node, fc.integer({ min: 0, max: 10 }))
    .filter(([a, b]) => a !== b)
    .map(
      ([a, b, tenths]): Edge => ({
        a: Math.min(a, b),
        b: Math.max(a, b),
        similarity: tenths / 10,
        kind: (a + b) % 3 === 0 ? "similar" : "cropped",
      }),
    );
  return fc.record({
    edges: fc.uniqueArray(edge, { maxLength: 30, selector: ({ a, b }) => `${a}-${b}` }),
    copies: fc
      .array(fc.integer({ min: 1, max: 3 }), { minLength: nodes, maxLength: nodes })
      .map((counts) => Int32Array.from(counts)),
  });
});

/** Connected components by breadth-first search, each ascending, ordered by their smallest node. */
export function componentsBySearch(nodes: number, edges: readonly Edge[]): number[][] {
  const seen = new Set<number>();
  const components: number[][] = [];
  for (let start = 0; start < nodes; start++) {
    if (seen.has(start)) continue;
    const component = [start];
    seen.add(start);
    for (const at of component) {
      for (const { a, b } of edges) {
        const other = a === at ? b : b === at ? a : at;
        if (seen.has(other)) continue;
        seen.add(other);
        component.push(other);
      }
    }
    components.push(component.sort((x, y) => x - y));
  }
  return components;
}
