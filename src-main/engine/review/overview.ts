import { EVIDENCE_KINDS } from "../../contract/evidence-kind.ts";
import type { Overview } from "../../contract/project.ts";
import { headline } from "../../text/headline.ts";
import type { ClusterCut } from "../analysis/cuts/cluster-cut.ts";
import type { Decisions } from "../analysis/cuts/decisions.ts";
import { listedRemovals } from "../analysis/cuts/removals.ts";
import { balanceOf, balanceWithout, unlabeledOf } from "../analysis/figures/balance.ts";
import { kindOfCopies } from "../analysis/figures/cluster-pairs.ts";
import { imbalanceBySplit } from "../analysis/figures/imbalance.ts";
import { leaksOf } from "../analysis/figures/leaks.ts";
import { reportedThreshold } from "../analysis/figures/pair-cut.ts";
import { notCompared, reportedSplits } from "../analysis/figures/scan-facts.ts";
import { isUnconfirmed } from "../analysis/keeper/ruled-splits.ts";
import { contentReader } from "../data/contents-table.ts";
import { readProjectRules } from "../data/settings.ts";

/**
 * The figures of the first screen, the same as in a report of this cut.
 * @param revision of the decisions
 */
export function overviewOf(cut: ClusterCut, decisions: Decisions, revision: number): Overview {
  const { view, files, pairCut, counts } = cut;
  const threshold = reportedThreshold(pairCut.comparison);
  const splits = reportedSplits(view);
  const balance = balanceOf(view, files, pairCut);
  const balanceAfter = balanceWithout(view, files, removedByRule(cut, decisions, revision));
  const leaks = leaksOf(view, files, [pairCut]);
  return {
    splits,
    threshold,
    leaks,
    balance,
    balanceAfter,
    imbalance: imbalanceBySplit(balance, balanceAfter),
    unlabeled: unlabeledOf(view, files, pairCut),
    unreadable: [...view.unreadable],
    notCompared: notCompared(view, splits),
    damaged: [...view.damaged],
    skipped: [...view.skipped],
    unconfirmed: isUnconfirmed(view),
    ...counts,
    headline: headline({ splits, threshold, leaks, ...counts }),
    bySplit: bySplit(cut),
    kinds: kindsByPlace(cut),
  };
}

/** Removed images by cut, and what they depend on besides: the overview is opened often. */
const removedOfCuts = new WeakMap<ClusterCut, { by: string; removed: ReadonlySet<number> }>();

/** The images on the remove list of this cut's report. */
function removedByRule(
  cut: ClusterCut,
  decisions: Decisions,
  revision: number,
): ReadonlySet<number> {
  const rules = readProjectRules(cut.view.project);
  const by = JSON.stringify([rules, revision]);
  const known = removedOfCuts.get(cut);
  if (known?.by === by) return known.removed;
  const { removed } = listedRemovals(cut, decisions, rules);
  removedOfCuts.set(cut, { by, removed });
  return removed;
}

function bySplit({ view, files, sets, clusters }: ClusterCut): Overview["bySplit"] {
  const counts = view.splits.map(() => ({ images: 0, distinct: 0, duplicates: 0 }));
  for (let file = 0; file < files.count; file++) {
    const count = counts[files.split[file] as number];
    if (!count) continue;
    count.images++;
    if ((clusters.clusterOf[files.node[file] as number] as number) >= 0) count.duplicates++;
  }
  counts.forEach((count, split) => {
    for (let node = 0; node < view.nodes.count; node++) {
      if (sets.has(files.splitsOfNode, node, split)) count.distinct++;
    }
  });
  return Object.fromEntries(
    view.splits.flatMap(({ name }, at) => {
      const count = counts[at];
      return count ? [[name, count]] : [];
    }),
  );
}

/** Counts a report's pairs by kind, within one split and across two. */
function kindsByPlace({ view, files, pairCut, clusters }: ClusterCut): Overview["kinds"] {
  const { pairs } = pairCut.modelOutput;
  const counts = EVIDENCE_KINDS.map((kind) => ({ kind, within: 0, across: 0 }));
  const add = (kind: number, sameSplit: boolean) => {
    const count = counts[kind];
    if (count) count[sameSplit ? "within" : "across"]++;
  };
  const firstSplit = (node: number) => files.split[files.fileStart[node] as number] as number;
  for (const row of clusters.pairRows) {
    const sameSplit = firstSplit(pairs.a[row] as number) === firstSplit(pairs.b[row] as number);
    add(pairs.kind[row] as number, sameSplit);
  }
  const facts = contentReader(view.project);
  for (const node of clusters.nodes) {
    const [first, ...copies] = view.nodes.files[node] ?? [];
    for (const copy of first ? copies : []) {
      const kind = kindOfCopies(first?.content ?? 0, copy.content, facts);
      add(EVIDENCE_KINDS.indexOf(kind), copy.split === first?.split);
    }
  }
  return counts.filter(({ within, across }) => within + across > 0);
}
