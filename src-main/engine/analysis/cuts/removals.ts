import type { ParsedClusterFilter } from "../../../contract/cut.ts";
import { ClusterFilter } from "../../../contract/cut.ts";
import { EVIDENCE_KINDS, type EvidenceKind } from "../../../contract/evidence-kind.ts";
import type { ProjectRules } from "../../../contract/keeper.ts";
import { REMOVE } from "../../data/decisions/mark-codes.ts";
import { candidateReader } from "../keeper/candidates.ts";
import { candidateOrder, chooseRemovals, type GraphFile } from "../keeper/choose-removals.ts";
import { maskImages } from "../keeper/mask-images.ts";
import { ruledSplits } from "../keeper/ruled-splits.ts";
import type { ClusterCut } from "./cluster-cut.ts";
import { filterClusters } from "./cluster-filter.ts";
import type { Decisions } from "./decisions.ts";
import { type ClusterGraph, clusterGraph, type GraphOptions } from "./removal-graph.ts";

/** Files are indexes of the cut's files. */
export interface FilePair {
  readonly file: number;
  /** The direct partner that stays. */
  readonly keeper: number;
  readonly kind: EvidenceKind;
}

/** A file to remove. */
export interface FileRemoval {
  readonly file: number;
  /** The direct partner that stays; `null` if there is none. */
  readonly keeper: number | null;
  /** How both match. */
  readonly kind: EvidenceKind | null;
  readonly reason: string;
  /** Whether a rule removes it, rather than a mark. */
  readonly byRule: boolean;
}

/** What the rules choose in a cluster, and the marks that they leave alone. */
export interface ClusterChoice {
  readonly removals: readonly FileRemoval[];
  /** Files that stay because their label conflict is not settled. */
  readonly heldBack: readonly FilePair[];
  /** Files that stay and have a direct partner of a named kind. */
  readonly keepers: readonly number[];
  readonly reason: string;
}

export interface RemovalOptions extends ProjectRules {
  /** Clusters that the rules act on; by default all. */
  readonly filter?: ParsedClusterFilter;
  /** Additional names of sidecars, see `maskImages`. */
  readonly sidecars?: readonly string[];
  /** Pairs of contents that are no copies after all, see `contentPair`. */
  readonly refused?: ReadonlySet<string>;
}

/** Everything that goes at a cut. */
export interface CutRemovals {
  /** By image id. */
  readonly removals: readonly FileRemoval[];
  readonly heldBack: readonly FilePair[];
}

const ALL_CLUSTERS: ParsedClusterFilter = ClusterFilter.parse({});
const NONE: ReadonlySet<string> = new Set();
const ALL_KINDS: ReadonlySet<EvidenceKind> = new Set(EVIDENCE_KINDS);

/**
 * Chooses what goes: files marked remove, and what the rules choose of the others. The plan, the lists, the figures after a removal and
 * "keep the best" all go by it.
 */
export function removalsOf(
  cut: ClusterCut,
  decisions: Decisions,
  options: RemovalOptions,
): CutRemovals {
  const { files } = cut;
  const { marks } = decisions;
  const { kinds, filter = ALL_CLUSTERS } = options;
  const removals: FileRemoval[] = [];
  const heldBack: FilePair[] = [];
  if (kinds.length > 0) {
    const choose = clusterChooser(cut, decisions, options, "many");
    for (const cluster of filterClusters(cut, marks, filter)) {
      const choice = choose(cluster);
      removals.push(...choice.removals);
      heldBack.push(...choice.heldBack);
    }
  }
  const gone = new Set(removals.map(({ file }) => file));
  for (let file = 0; file < files.count; file++) if (marks[file] === REMOVE) gone.add(file);
  removals.push(...markedRemovals(cut, decisions, options, gone));
  const idOf = (file: number) => files.id[file] as number;
  return {
    removals: removals.sort((a, b) => idOf(a.file) - idOf(b.file)),
    heldBack: heldBack.sort((a, b) => idOf(a.file) - idOf(b.file)),
  };
}

/**
 * Returns the choice of the rules for single clusters.
 * @param amount `many` for more than a few clusters, see `candidateReader`
 */
export function clusterChooser(
  cut: ClusterCut,
  decisions: Decisions,
  options: RemovalOptions,
  amount: "few" | "many",
): (cluster: number) => ClusterChoice {
  const { rules, kinds } = options;
  const graphOptions = graphOptionsOf(cut, decisions, options, new Set(kinds), amount);
  return (cluster) => {
    const graph = clusterGraph(cut, cluster, graphOptions);
    const { removals, heldBack, keepers, reason } = chooseRemovals(
      graph,
      ruledSplits(cut.view),
      rules,
    );
    const placeOf = (index: number) => graph.place[index] as number; // indexes come from the graph
    return {
      removals: removals.map(({ file, pair, reason: why }) => ({
        file: placeOf(file),
        keeper: pair && placeOf(pair.partner),
        kind: pair?.kind ?? null,
        reason: why,
        byRule: true,
      })),
      heldBack: heldBack.map(({ file, partner, kind }) => ({
        file: placeOf(file),
        keeper: placeOf(partner),
        kind,
      })),
      keepers: keepers.map(placeOf),
      reason,
    };
  };
}

function graphOptionsOf(
  cut: ClusterCut,
  decisions: Decisions,
  { kinds: named, sidecars, refused = NONE }: RemovalOptions,
  kinds: ReadonlySet<EvidenceKind>,
  amount: "few" | "many",
): GraphOptions {
  return {
    decisions,
    kinds,
    refused,
    masks: named.length > 0 ? maskImages(cut.view, sidecars) : new Set(),
    candidateOf: candidateReader(cut.view, amount),
  };
}

/** The files marked remove, each with its best direct partner of any kind that stays. @param gone all files that go */
function markedRemovals(
  cut: ClusterCut,
  decisions: Decisions,
  options: RemovalOptions,
  gone: ReadonlySet<number>,
): FileRemoval[] {
  const { files, clusters } = cut;
  const partnersOf = partnerFinder(cut, decisions, options);
  const found: FileRemoval[] = [];
  for (let file = 0; file < files.count; file++) {
    if (decisions.marks[file] !== REMOVE) continue;
    if (cut.view.images.get(files.id[file] as number)?.isLinked) continue;
    const isAlone = (clusters.clusterOf[files.node[file] as number] as number) < 0;
    const partner = isAlone ? undefined : partnersOf(file).find(({ keeper }) => !gone.has(keeper));
    found.push({
      file,
      keeper: partner?.keeper ?? null,
      kind: partner?.kind ?? null,
      reason: partner ? "marked remove" : "marked remove; nothing that stays matches it directly",
      byRule: false,
    });
  }
  return found;
}

/** Returns the direct partners of a file, of any kind, best first. */
export function partnerFinder(
  cut: ClusterCut,
  decisions: Decisions,
  { rules, sidecars }: Pick<RemovalOptions, "rules" | "sidecars">,
): (file: number) => Generator<FilePair> {
  const compare = candidateOrder(ruledSplits(cut.view), rules);
  const options = { rules, kinds: [], ...(sidecars && { sidecars }) };
  const graphOptions = graphOptionsOf(cut, decisions, options, ALL_KINDS, "many");
  const known = new Map<number, RankedGraph>();
  return function* (file) {
    const cluster = cut.clusterOfImage(cut.files.id[file] as number);
    if (cluster < 0) return;
    const ranked = known.get(cluster) ?? rank(clusterGraph(cut, cluster, graphOptions), compare);
    known.set(cluster, ranked);
    const { graph, indexOf, order } = ranked;
    const links = graph.links[graph.files[indexOf.get(file) ?? -1]?.block ?? -1];
    for (const index of order) {
      const [keeper, kind] = [graph.place[index], links?.get(graph.files[index]?.block ?? -1)];
      if (kind && keeper !== undefined && keeper !== file) yield { file, keeper, kind };
    }
  };
}

interface RankedGraph {
  readonly graph: ClusterGraph;
  /** Indexes of the graph's files by their index in the cut's files. */
  readonly indexOf: ReadonlyMap<number, number>;
  /** Indexes of the graph's files, best first. */
  readonly order: readonly number[];
}

function rank(graph: ClusterGraph, compare: ReturnType<typeof candidateOrder>): RankedGraph {
  const order = [...graph.files.keys()].sort((a, b) =>
    compare(graph.files[a] as GraphFile, graph.files[b] as GraphFile),
  );
  return { graph, indexOf: new Map(graph.place.map((file, index) => [file, index])), order };
}

/** The clusters that a removal is held back from, unless that is allowed, and the files that really go. */
export interface Effect {
  /** Clusters that would keep nothing that matches a removed file, ascending. */
  readonly emptied: readonly { readonly cluster: number; readonly allowed: boolean }[];
  /** One byte per file of the cut: 1 if it goes. */
  readonly removed: Uint8Array;
}

/**
 * Holds clusters back as a whole that would lose all images, or from which a rule would remove an image without a direct partner that stays.
 * @param mayEmpty image ids of clusters for which that is allowed
 */
export function effectOf(
  cut: ClusterCut,
  removals: readonly Pick<FileRemoval, "file" | "keeper" | "byRule">[],
  mayEmpty: "all" | readonly number[],
): Effect {
  const { files, clusters, size } = cut;
  const clusterOf = (file: number) => clusters.clusterOf[files.node[file] as number] as number;
  const count = new Int32Array(clusters.count);
  const lone = new Set<number>();
  for (const { file, keeper, byRule } of removals) {
    const cluster = clusterOf(file);
    if (cluster < 0) continue;
    count[cluster] = (count[cluster] as number) + 1;
    if (byRule && keeper === null) lone.add(cluster);
  }
  const allowed = mayEmpty === "all" ? null : new Set(mayEmpty.map((id) => cut.clusterOfImage(id)));
  const emptied = Array.from(count.keys())
    .filter((cluster) => count[cluster] === size[cluster] || lone.has(cluster))
    .map((cluster) => ({ cluster, allowed: allowed?.has(cluster) ?? true }));
  const held = new Set(emptied.flatMap((one) => (one.allowed ? [] : [one.cluster])));
  const removed = new Uint8Array(files.count);
  for (const { file } of removals) if (!held.has(clusterOf(file))) removed[file] = 1;
  return { emptied, removed };
}

/** The images on a cut's remove list, and the number of images held back by label conflicts. */
export function listedRemovals(
  cut: ClusterCut,
  decisions: Decisions,
  rules: ProjectRules,
): { removed: Set<number>; heldBack: number } {
  const { removals, heldBack } = removalsOf(cut, decisions, rules);
  const { removed } = effectOf(cut, removals, []);
  const ids = cut.files.id.filter((_, file) => removed[file] === 1);
  return { removed: new Set(ids), heldBack: heldBack.length };
}
