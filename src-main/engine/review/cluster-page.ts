import type {
  ClusterPage,
  ClusterRow,
  ClusterSort,
  ParsedClusterFilter,
} from "../../contract/cut.ts";
import { EVIDENCE_KINDS } from "../../contract/evidence-kind.ts";
import { ImageId } from "../../contract/ids.ts";
import { roundFigure } from "../../text/figures.ts";
import type { ClusterCut } from "../analysis/cuts/cluster-cut.ts";
import { filterClusters } from "../analysis/cuts/cluster-filter.ts";
import { type Decisions, unmarkedImages } from "../analysis/cuts/decisions.ts";
import { conflictIsSettled } from "../analysis/cuts/label-conflicts.ts";
import { tally } from "../analysis/figures/tally.ts";
import { KEEP, NO_MARK, REMOVE } from "../data/decisions/mark-codes.ts";
import { sortClusters } from "./cluster-sort.ts";
import { newcomerReader } from "./newcomers.ts";

/** Thumbnails per row. */
const ROW_IMAGES = 4;

export interface PageRequest {
  readonly filter: ParsedClusterFilter;
  readonly sort: ClusterSort;
  readonly offset: number;
  readonly limit: number;
  readonly locate?: number | undefined;
}

/** One page of the clusters that pass a filter. */
export function clusterPage(
  cut: ClusterCut,
  decisions: Decisions,
  request: PageRequest,
): ClusterPage {
  const { filter, sort, offset, limit, locate } = request;
  const ordered = sortClusters(cut, decisions, filterClusters(cut, decisions.marks, filter), sort);
  const newcomersOf = newcomerReader(cut, decisions);
  const wanted = locate === undefined ? -1 : cut.clusterOfImage(locate);
  const located = wanted < 0 ? -1 : ordered.indexOf(wanted);
  const unmarked = unmarkedImages(cut, decisions.marks);
  const undecided = ordered.reduce((sum, cluster) => sum + (unmarked[cluster] as number), 0);
  return {
    total: ordered.length,
    undecided,
    decided: decidedImages(cut, decisions, ordered),
    offset,
    rows: Array.from(ordered.subarray(offset, offset + limit), (cluster) =>
      clusterRow(cut, decisions, cluster, newcomersOf),
    ),
    located: located < 0 ? null : located,
  };
}

/** Marked images of these clusters. */
function decidedImages(
  { clusters, files }: ClusterCut,
  { marks }: Decisions,
  of: Int32Array,
): number {
  const wanted = new Uint8Array(clusters.count);
  for (const cluster of of) wanted[cluster] = 1;
  let count = 0;
  for (let file = 0; file < files.count; file++) {
    if (marks[file] === NO_MARK) continue;
    const cluster = clusters.clusterOf[files.node[file] as number] as number;
    if (cluster >= 0 && wanted[cluster] === 1) count++;
  }
  return count;
}

function clusterRow(
  cut: ClusterCut,
  decisions: Decisions,
  cluster: number,
  newcomersOf: (cluster: number) => ReadonlySet<number>,
): ClusterRow {
  const { view, files } = cut;
  const { marks } = decisions;
  const places = [...cut.filesOf(cluster)];
  const marked = (mark: number) => places.filter((file) => marks[file] === mark).length;
  return {
    anchor: ImageId.parse(cut.anchorOf(cluster)),
    size: places.length,
    splits: tally(places.map((file) => view.splits[files.split[file] ?? -1]?.name)),
    mean: roundFigure(cut.meanOf(cluster)),
    weakest: roundFigure(cut.weakestOf(cluster)),
    kinds: EVIDENCE_KINDS.filter((_, at) => (cut.kindsOf(cluster) & (1 << at)) !== 0),
    labelConflict: cut.labelConflict[cluster] === 1,
    labelsSettled: conflictIsSettled(cut, decisions, cluster),
    marked: { keep: marked(KEEP), remove: marked(REMOVE) },
    newcomers: newcomersOf(cluster).size,
    images: firstImages(cut, cluster),
  };
}

function firstImages(cut: ClusterCut, cluster: number): ImageId[] {
  const images: ImageId[] = [];
  for (const node of cut.orderOf(cluster)) {
    for (const { id } of cut.view.nodes.files[node] ?? []) {
      images.push(ImageId.parse(id));
      if (images.length === ROW_IMAGES) return images;
    }
  }
  return images;
}
