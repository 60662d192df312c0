import { EVIDENCE_KINDS, type EvidenceKind } from "../../../contract/evidence-kind.ts";
import { type ContentFacts, contentReader } from "../../data/contents-table.ts";
import { markName } from "../../data/decisions/mark-codes.ts";
import { kindOfCopies } from "../figures/cluster-pairs.ts";
import type { candidateReader } from "../keeper/candidates.ts";
import type { GraphFile, RemovalGraph } from "../keeper/choose-removals.ts";
import type { ClusterCut } from "./cluster-cut.ts";
import type { Decisions } from "./decisions.ts";

export interface GraphOptions {
  readonly decisions: Decisions;
  /** Kinds of pairs that the rules name. */
  readonly kinds: ReadonlySet<EvidenceKind>;
  /** Image ids that are left out. */
  readonly masks: ReadonlySet<number>;
  /** Pairs of contents that are no copies after all, see {@link contentPair}. */
  readonly refused: ReadonlySet<string>;
  readonly candidateOf: ReturnType<typeof candidateReader>;
}

/** The files of a cluster and their direct pairs. */
export interface ClusterGraph extends RemovalGraph {
  /** By index of the graph's files: their index in the cut's files. */
  readonly place: readonly number[];
}

/** Names a pair of contents, in either order. */
export function contentPair(a: number, b: number): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

/**
 * Makes the graph of a cluster's direct pairs. Files with the same bytes are one block. A pair of two nodes, which the scan compared by their
 * first files, joins these files' contents and those that store the same pixels.
 */
export function clusterGraph(
  cut: ClusterCut,
  cluster: number,
  { decisions, kinds, masks, refused, candidateOf }: GraphOptions,
): ClusterGraph {
  const { files, view } = cut;
  const facts = contentReader(view.project);
  const factsKnown = new Map<number, ContentFacts>();
  const links: Map<number, EvidenceKind>[] = [];
  const place: number[] = [];
  const members: GraphFile[] = [];
  const blocksOfNode = new Map<number, number[]>();
  const contentOfBlock: number[] = [];
  for (const node of cut.nodesOf(cluster)) {
    const blocks = new Map<number, number>();
    for (const { id, content } of view.nodes.files[node] ?? []) {
      let block = blocks.get(content);
      if (block === undefined) {
        block = contentOfBlock.push(content) - 1;
        blocks.set(content, block);
        links.push(new Map());
      }
      const file = files.indexOf.get(id) as number; // every file of a node is one of the cut's
      if (masks.has(id)) continue;
      place.push(file);
      members.push({
        ...candidateOf(id),
        ...labelOf(id),
        mark: markName(decisions.marks[file]),
        block,
      });
    }
    blocksOfNode.set(node, [...blocks.values()]);
    linkCopies([...blocks.values()]);
  }
  const { pairs } = cut.pairCut.modelOutput;
  for (const row of cut.pairRowsOf(cluster)) {
    const kind = EVIDENCE_KINDS[pairs.kind[row] as number];
    if (kind === undefined) continue;
    for (const a of blocksLikeFirst(pairs.a[row] as number)) {
      for (const b of blocksLikeFirst(pairs.b[row] as number)) link(a, b, kind);
    }
  }
  return { files: members, links, place };

  function labelOf(id: number): Pick<GraphFile, "label" | "labelChosen"> {
    const chosen = decisions.labels.get(id);
    return {
      label: chosen ?? view.images.get(id)?.label ?? null,
      labelChosen: chosen !== undefined,
    };
  }

  function link(a: number, b: number, kind: EvidenceKind): void {
    if (!kinds.has(kind)) return;
    const pair = contentPair(contentOfBlock[a] as number, contentOfBlock[b] as number);
    if (refused.has(pair)) return;
    links[a]?.set(b, kind);
    links[b]?.set(a, kind);
  }

  function linkCopies(blocks: readonly number[]): void {
    for (const [at, a] of blocks.entries()) {
      link(a, a, "same-bytes");
      for (const b of blocks.slice(at + 1)) link(a, b, kindOfBlocks(a, b));
    }
  }

  function kindOfBlocks(a: number, b: number): EvidenceKind {
    return kindOfCopies(contentOfBlock[a] as number, contentOfBlock[b] as number, factsOf);
  }

  function factsOf(content: number): ContentFacts {
    const known = factsKnown.get(content) ?? facts(content);
    factsKnown.set(content, known);
    return known;
  }

  /** The block of a node's first file, and those that store the same pixels. */
  function blocksLikeFirst(node: number): number[] {
    const blocks = blocksOfNode.get(node) ?? [];
    const [first] = blocks;
    if (first === undefined || blocks.length === 1) return blocks;
    return blocks.filter(
      (block) => block === first || kindOfBlocks(first, block) === "same-pixels",
    );
  }
}
