import { EVIDENCE_KINDS } from "../../../contract/evidence-kind.ts";
import type { ClusterCounts } from "../../../contract/report.ts";
import { type ContentFacts, contentReader } from "../../data/contents-table.ts";
import type { ProjectView } from "../../data/project-view.ts";
import { centerRows } from "../../vectors/centered-rows.ts";
import { dotAt } from "../../vectors/float64.ts";
import type { Clusters } from "../clusters/cluster.ts";
import { partsOf } from "../clusters/group-pairs.ts";
import { arrange, type ClusterSource, clusterSource } from "../clusters/statistics.ts";
import { weakestLink } from "../clusters/weakest-link.ts";
import { countClusters } from "../figures/cluster-counts.ts";
import { kindOfCopies } from "../figures/cluster-pairs.ts";
import type { FileColumns } from "../figures/file-columns.ts";
import type { PairCut } from "../figures/pair-cut.ts";
import { type SplitSets, splitSets } from "../figures/split-sets.ts";

/** What is known about the cluster of exactly these nodes. */
interface ClusterNote {
  readonly nodes: Int32Array;
  mean?: number;
  /** Its nodes along their first principal component. */
  order?: Int32Array;
}

/**
 * Keeps the expensive statistics of clusters when the threshold moves: most clusters stay the same. Holds one note per smallest
 * node, for the cluster that this node was last part of.
 */
export class ClusterMemory {
  readonly #notes = new Map<number, ClusterNote>();

  /** @param nodes ascending */
  of(nodes: Int32Array): ClusterNote {
    const first = nodes[0] ?? -1;
    const known = this.#notes.get(first);
    if (known && equal(known.nodes, nodes)) return known;
    const note: ClusterNote = { nodes: nodes.slice() };
    this.#notes.set(first, note);
    return note;
  }
}

function equal(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((node, at) => node === b[at]);
}

/**
 * The clusters of a project at one threshold, in columns rather than an object per image. Figures that need a pass over all
 * clusters are computed on first use.
 */
export class ClusterCut {
  readonly view: ProjectView;
  readonly files: FileColumns;
  readonly pairCut: PairCut;
  /** Rows of the pairs that a reviewer rejected. */
  readonly rejected: Int32Array;
  readonly sets: SplitSets;
  /** Images of each cluster. */
  readonly size: Int32Array;
  /** Splits that each cluster has images in, as sets of {@link sets}. */
  readonly splits: Int32Array;
  /** 1 for a cluster whose images have more than one label. */
  readonly labelConflict: Uint8Array;

  readonly #memory: ClusterMemory;

  /** @param memory the one of the cut's model output */
  constructor(
    view: ProjectView,
    files: FileColumns,
    pairCut: PairCut,
    rejected: Int32Array,
    memory: ClusterMemory,
  ) {
    this.#memory = memory;
    this.view = view;
    this.files = files;
    this.pairCut = pairCut;
    this.rejected = rejected;
    this.sets = splitSets(view.splits.length);
    const { count, clusterOf } = pairCut.clusters;
    this.size = new Int32Array(count);
    this.splits = this.sets.make(count);
    this.labelConflict = new Uint8Array(count);
    const labelSeen = new Int32Array(count).fill(-1);
    for (let file = 0; file < files.count; file++) {
      const cluster = clusterOf[files.node[file] as number] as number;
      if (cluster < 0) continue;
      this.size[cluster] = (this.size[cluster] as number) + 1;
      this.sets.add(this.splits, cluster, files.split[file] as number);
      const label = files.label[file] as number;
      if (label < 0) continue;
      if (labelSeen[cluster] === -1) labelSeen[cluster] = label;
      else if (labelSeen[cluster] !== label) this.labelConflict[cluster] = 1;
    }
  }

  get clusters(): Clusters {
    return this.pairCut.clusters;
  }

  get counts(): ClusterCounts {
    const { sets, size, splits, labelConflict } = this;
    return countClusters(
      Array.from(size, (images, cluster) => ({
        size: images,
        splits: sets.size(splits, cluster),
        labelConflict: labelConflict[cluster] === 1,
      })),
    );
  }

  /** The input of the statistics of one cluster, or of all. */
  sourceOf(cluster: number | "all"): ClusterSource {
    const nodes = cluster === "all" ? this.clusters.nodes : this.nodesOf(cluster);
    return clusterSource(this.view, this.pairCut.modelOutput, nodes);
  }

  /** The cluster that contains an image, or -1. */
  clusterOfImage(id: number): number {
    const file = this.files.indexOf.get(id);
    if (file === undefined) return -1;
    return this.clusters.clusterOf[this.files.node[file] as number] ?? -1;
  }

  nodesOf(cluster: number): Int32Array {
    return partsOf(this.clusters, cluster).nodes;
  }

  pairRowsOf(cluster: number): Int32Array {
    return partsOf(this.clusters, cluster).rows;
  }

  /** Rows of a cluster's files in the file columns, in the order of their nodes. */
  *filesOf(cluster: number): Generator<number> {
    const { fileStart } = this.files;
    for (const node of this.nodesOf(cluster)) {
      for (let file = fileStart[node] as number; file < (fileStart[node + 1] as number); file++) {
        yield file;
      }
    }
  }

  /** A cluster's smallest image id: nodes ascend by their smallest file id. */
  anchorOf(cluster: number): number {
    const first = this.clusters.nodes[this.clusters.nodeStart[cluster] as number] as number;
    return this.files.id[this.files.fileStart[first] as number] as number;
  }

  /**
   * Mean distance of a cluster's images to their centroid, bit for bit the one of `describeCluster`.
   * @param source the one of all clusters, to share it between calls
   */
  meanOf(cluster: number, source?: ClusterSource): number {
    const note = this.#memory.of(this.nodesOf(cluster));
    note.mean ??= meanDistance(note.nodes, source ?? this.sourceOf(cluster));
    return note.mean;
  }

  #weakest: Float64Array | undefined;
  /** Similarity of a cluster's weakest link. */
  weakestOf(cluster: number): number {
    this.#weakest ??= new Float64Array(this.clusters.count).fill(Number.NaN);
    const known = this.#weakest[cluster] as number;
    if (!Number.isNaN(known)) return known;
    const { nodes, rows } = partsOf(this.clusters, cluster);
    const { pairs } = this.pairCut.modelOutput;
    const { similarity } = weakestLink(nodes, rows, pairs, this.view.nodes.copies);
    this.#weakest[cluster] = similarity;
    return similarity;
  }

  #surest: Float64Array | undefined;
  /** Highest confidence of each cluster's pairs. Where a cluster spans splits, only its pairs across splits count. */
  get surest(): Float64Array {
    if (this.#surest) return this.#surest;
    const { count } = this.clusters;
    const { sets, splits } = this;
    const own = this.files.splitsOfNode;
    const surest = new Float64Array(count);
    const { a, b, confidence } = this.pairCut.modelOutput.pairs;
    const both = sets.make(1);
    for (let cluster = 0; cluster < count; cluster++) {
      const across = sets.size(splits, cluster) > 1;
      let best = 0;
      for (const node of this.nodesOf(cluster)) {
        const copies = (this.view.nodes.copies[node] as number) > 1;
        if (copies && (!across || sets.size(own, node) > 1)) best = 1;
      }
      for (const row of this.pairRowsOf(cluster)) {
        if ((confidence[row] as number) <= best) continue;
        both.fill(0);
        sets.join(both, 0, own, a[row] as number);
        sets.join(both, 0, own, b[row] as number);
        if (!across || sets.size(both, 0) > 1) best = confidence[row] as number;
      }
      surest[cluster] = best;
    }
    this.#surest = surest;
    return surest;
  }

  #kinds: Uint16Array | undefined;
  /** Kinds of a cluster's pairs, including those of copies: bit `i` represents `EVIDENCE_KINDS[i]`. */
  kindsOf(cluster: number): number {
    this.#kinds ??= new Uint16Array(this.clusters.count);
    let bits = this.#kinds[cluster] as number;
    if (bits !== 0) return bits;
    const { kind } = this.pairCut.modelOutput.pairs;
    for (const row of this.pairRowsOf(cluster)) bits |= 1 << (kind[row] as number);
    for (const node of this.nodesOf(cluster)) {
      if ((this.view.nodes.copies[node] as number) > 1) bits |= this.#kindsOfCopies(node);
    }
    this.#kinds[cluster] = bits;
    return bits;
  }

  #facts: ((content: number) => ContentFacts) | undefined;
  #kindsOfCopies(node: number): number {
    this.#facts ??= contentReader(this.view.project);
    const [first, ...copies] = this.view.nodes.files[node] ?? [];
    let bits = 0;
    for (const { content } of first ? copies : []) {
      bits |= 1 << EVIDENCE_KINDS.indexOf(kindOfCopies(first?.content ?? 0, content, this.#facts));
    }
    return bits;
  }

  /** A cluster's nodes along its first principal component, in the order of reports. */
  orderOf(cluster: number): Int32Array {
    const note = this.#memory.of(this.nodesOf(cluster));
    if (note.order) return note.order;
    const { searched, searchedDimensions: dimensions, copies } = this.sourceOf(cluster);
    const points = centerRows({
      values: searched,
      dimensions,
      rows: note.nodes,
      weights: copies,
    });
    note.order = arrange(points).order;
    return note.order;
  }
}

/** The mean of `centroidSpread`: the same sums in the same order, without its arrays. */
function meanDistance(
  nodes: Int32Array,
  { searched, searchedDimensions: dimensions, copies }: ClusterSource,
): number {
  const centroid = new Float64Array(dimensions);
  const offset = new Float64Array(dimensions);
  let points = 0;
  // Nodes are rows of `searched`, hence the casts.
  for (const node of nodes) {
    const weight = copies[node] as number;
    points += weight;
    for (let d = 0, at = node * dimensions; d < dimensions; d++, at++) {
      centroid[d] = (centroid[d] as number) + weight * (searched[at] as number);
    }
  }
  for (let d = 0; d < dimensions; d++) centroid[d] = (centroid[d] as number) / points;
  let sum = 0;
  for (const node of nodes) {
    for (let d = 0, at = node * dimensions; d < dimensions; d++, at++) {
      offset[d] = (searched[at] as number) - (centroid[d] as number);
    }
    const distance = Math.sqrt(dotAt(offset, 0, offset, 0, dimensions));
    sum += distance * (copies[node] as number);
  }
  return sum / points;
}
