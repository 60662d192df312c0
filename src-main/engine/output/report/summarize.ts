import type { ReportSummary } from "../../../contract/contract.ts";
import { countClusters } from "../../analysis/figures/cluster-counts.ts";
import { surestRow } from "../../analysis/figures/pair-cut.ts";
import { rejectedNodes, rejectedRows } from "../../data/decisions/rejections.ts";
import type { ProjectView } from "../../data/project-view.ts";
import type { BuiltReport } from "./build-report.ts";

/** The main figures of a report. */
export function summarize(view: ProjectView, { report, heldBack }: BuiltReport): ReportSummary {
  const [first] = view.modelOutputs;
  // Only the first model output's clusters: no image is counted twice.
  const clusters = report.clusters.filter(({ response }) => response === first?.name);
  const kinds = new Map<string, number>();
  for (const { kind } of clusters.flatMap(({ pairs }) => pairs)) {
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return {
    splits: report.splits,
    threshold: report.threshold,
    ...countClusters(
      clusters.map(({ size, splits, labels }) => ({
        size,
        splits: Object.keys(splits).length,
        labelConflict: Object.keys(labels).length > 1,
      })),
    ),
    leaks: report.leaks.map(({ byLabel, byKind, ...leak }) => leak),
    heldBack,
    kinds: Object.fromEntries(kinds),
    closest: clusters.length === 0 ? closestPair(view) : null,
    unreadable: report.unreadable,
    notCompared: report.notCompared,
    damaged: report.damaged,
    skipped: report.skipped,
    model: {
      name: report.model.name,
      device: report.model.device,
      auto: report.model.auto,
      calibrated: view.record.model.manifest.calibration?.[first?.name ?? ""] !== undefined,
    },
    neighbors: report.neighbors,
    seconds: report.seconds,
  };
}

function closestPair({
  project,
  nodes,
  modelOutputs: [first],
}: ProjectView): ReportSummary["closest"] {
  if (!first) return null;
  const row = surestRow(first, rejectedRows(rejectedNodes(project, nodes), first.pairs));
  if (row < 0) return null;
  const { similarity, confidence } = first.pairs;
  return { similarity: similarity[row] ?? 0, confidence: confidence[row] ?? 0 };
}
