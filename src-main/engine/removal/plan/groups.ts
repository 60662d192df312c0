import { EVIDENCE_KINDS, type EvidenceKind } from "../../../contract/evidence-kind.ts";
import { UnionFind } from "../../analysis/clusters/union-find.ts";
import type { ClusterCut } from "../../analysis/cuts/cluster-cut.ts";
import { kindOfCopies } from "../../analysis/figures/cluster-pairs.ts";
import type { ContentFacts } from "../../data/contents-table.ts";

/**
 * Parts of a cluster that pairs of these kinds alone hold together, each two images at least, as places among the cut's files.
 * A cluster may hang together by a pair that the rules leave to a person: what it joins is not theirs.
 */
export function groupsOf(
  cut: ClusterCut,
  cluster: number,
  kinds: ReadonlySet<EvidenceKind>,
  facts: (content: number) => ContentFacts,
): number[][] {
  const files = Array.from(cut.filesOf(cluster));
  const placeOf = new Map(files.map((file, at) => [file, at]));
  const sets = new UnionFind(files.length);
  const join = (a: number, b: number) => {
    sets.union(placeOf.get(a) as number, placeOf.get(b) as number); // both are of the cluster
  };
  const { fileStart } = cut.files;
  const { pairs } = cut.pairCut.modelOutput;
  for (const row of cut.pairRowsOf(cluster)) {
    const kind = EVIDENCE_KINDS[pairs.kind[row] as number];
    if (kind === undefined || !kinds.has(kind)) continue;
    join(fileStart[pairs.a[row] as number] as number, fileStart[pairs.b[row] as number] as number);
  }
  for (const [a, b] of copiesOf(cut, cluster)) {
    if (kinds.has(kindOfFiles(cut, a, b, facts))) join(a, b);
  }
  const groups = Map.groupBy(files, (file) => sets.find(placeOf.get(file) as number));
  return Array.from(groups.values()).filter(({ length }) => length > 1);
}

/** Files of one node two by two: the first with each other, and each content's first with its copies. */
function* copiesOf(cut: ClusterCut, cluster: number): Generator<[a: number, b: number]> {
  const { fileStart } = cut.files;
  for (const node of cut.nodesOf(cluster)) {
    const [first, end] = [fileStart[node] as number, fileStart[node + 1] as number];
    const ofContent = new Map<number, number>();
    for (let file = first; file < end; file++) {
      const content = contentOf(cut, file);
      const same = ofContent.get(content);
      if (same !== undefined) {
        yield [same, file];
        continue;
      }
      for (const other of ofContent.values()) yield [other, file];
      ofContent.set(content, file);
    }
  }
}

/** How two files of one node match. */
export function kindOfFiles(
  cut: ClusterCut,
  a: number,
  b: number,
  facts: (content: number) => ContentFacts,
): EvidenceKind {
  return kindOfCopies(contentOf(cut, a), contentOf(cut, b), facts);
}

function contentOf({ view, files }: ClusterCut, file: number): number {
  const image = view.images.get(files.id[file] as number);
  if (!image) throw new Error(`The project lacks image ${files.id[file]}`);
  return image.content;
}
