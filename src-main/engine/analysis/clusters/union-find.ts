/**
 * Disjoint sets over the numbers 0 ... size - 1 (Tarjan 1975, with path halving).
 *
 * A set's root is always its smallest member, whatever the order of the unions, so two runs over the same pairs in any
 * order give the same roots.
 */
export class UnionFind {
  readonly #parent: Int32Array;

  constructor(size: number) {
    this.#parent = new Int32Array(size);
    for (let node = 0; node < size; node++) this.#parent[node] = node;
  }

  /** The smallest member of the set that holds `node`, in 0 ... size - 1. */
  find(node: number): number {
    const parent = this.#parent;
    let at = node;
    let above = parent[at] as number; // in range: every parent is a node
    while (above !== at) {
      const next = parent[above] as number;
      parent[at] = next;
      at = next;
      above = parent[at] as number;
    }
    return at;
  }

  /** Joins the sets of `a` and `b`. @returns false when they were one set already. */
  union(a: number, b: number): boolean {
    const rootA = this.find(a);
    const rootB = this.find(b);
    if (rootA === rootB) return false;
    if (rootA < rootB) this.#parent[rootB] = rootA;
    else this.#parent[rootA] = rootB;
    return true;
  }

  /** The smallest member of the set of every node. */
  roots(): Int32Array {
    const roots = this.#parent.slice();
    // A parent is smaller than its children, so its root is known when they come by.
    for (let node = 0; node < roots.length; node++) {
      roots[node] = roots[roots[node] as number] as number;
    }
    return roots;
  }
}
