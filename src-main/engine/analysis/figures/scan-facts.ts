/** The parts of a report that a scan fixes, whatever the threshold. */
import type { NotCompared, Report, ReportSplit } from "../../../contract/report.ts";
import { notComparedOf } from "../../../text/not-compared.ts";
import type { ProjectView } from "../../data/project-view.ts";
import type { ScanRecord } from "../../data/settings.ts";

export function reportedSplits(view: ProjectView): ReportSplit[] {
  return view.splits.map(({ name, root, folders }) => ({
    name,
    root,
    ...(folders && { folders }),
    images: countWhere(view.images.values(), (image) => image.split === name),
    unreadable: countWhere(view.unreadable, (file) => file.split === name),
    otherNames: view.otherNames.get(name) ?? 0,
  }));
}

/** What the scan did not compare. @param splits from {@link reportedSplits} */
export function notCompared(view: ProjectView, splits: readonly ReportSplit[]): NotCompared[] {
  return notComparedOf(splits, view.unreadable, view.layout);
}

export function reportedModel({ model, modelOutputs }: ScanRecord): Report["model"] {
  const firstOutput = model.manifest.outputs.find(({ name }) => name === modelOutputs[0]);
  return {
    name: model.manifest.name,
    sha256: model.sha256,
    dimensions: firstOutput?.dimensions ?? 0,
    device: model.device,
    fallbacks: model.fallbacks,
    auto: model.manifest.calibration?.[modelOutputs[0] ?? ""]?.auto ?? null,
  };
}

function countWhere<T>(items: Iterable<T>, test: (item: T) => boolean): number {
  let count = 0;
  for (const item of items) if (test(item)) count++;
  return count;
}
