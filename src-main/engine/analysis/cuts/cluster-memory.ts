/** What was found out about the cluster of just these nodes. */
export interface ClusterNote {
  readonly nodes: Int32Array;
  mean?: number;
  /** Its nodes along their first principal component. */
  order?: Int32Array;
}

/**
 * What is dear to compute of clusters, kept from one threshold to the next: most clusters stay as they are when it moves. One
 * note per smallest node, for the nodes that it was last in a cluster with.
 */
export class ClusterMemory {
  readonly #notes = new Map<number, ClusterNote>();

  /** @param nodes ascending */
  of(nodes: Int32Array): ClusterNote {
    const first = nodes[0] ?? -1;
    const known = this.#notes.get(first);
    if (known && same(known.nodes, nodes)) return known;
    const note: ClusterNote = { nodes: nodes.slice() };
    this.#notes.set(first, note);
    return note;
  }
}

function same(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
