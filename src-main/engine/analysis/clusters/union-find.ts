/**
 * Disjoint sets over the numbers 0 ... size - 1 (Tarjan 1975, with path halving).
 *
 * A set's root is its smallest member, so the order of the unions does not matter.
 */
export class UnionFind {
  readonly #parent: Int32Array;

  constructor(size: number) {
    this.#parent = new Int32Array(size);
    for (let node = 0; node < size; node++) this.#parent[node] = node;
  }

  /** The smallest member of the set that contains `node`. */
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

  /** Joins the sets of `a` and `b`. @returns false when they already are one set */
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
    // A parent is smaller than its children, so its root is final before theirs are set.
    for (let node = 0; node < roots.length; node++) {
      roots[node] = roots[roots[node] as number] as number;
    }
    return roots;
  }
}
