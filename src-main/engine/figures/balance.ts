import type { Report } from "../../contract/report.ts";
import type { ProjectView } from "../view/project-view.ts";
import type { PairCut } from "./pair-cut.ts";
import { sortedByKey } from "./tally.ts";

/** Images per split and label, and how many would be left with one kept per cluster. */
export function balanceOf(view: ProjectView, cut: PairCut | undefined): Report["balance"] {
  const counts = new Map<string, Map<string, { images: number; groups: Set<number> }>>();
  for (const { name } of view.splits) counts.set(name, new Map());
  view.nodes.files.forEach((files, node) => {
    const cluster = cut?.clusters.clusterOf[node] ?? -1;
    // Nodes outside any cluster count apart: negative numbers can't be taken for a cluster's.
    const group = cluster >= 0 ? cluster : -1 - node;
    for (const { id } of files) {
      const image = view.images.get(id);
      if (!image || image.label === null) continue;
      const labels = counts.get(image.split);
      const entry = labels?.get(image.label) ?? { images: 0, groups: new Set<number>() };
      entry.images++;
      entry.groups.add(group);
      labels?.set(image.label, entry);
    }
  });
  return Object.fromEntries(
    Array.from(counts, ([split, labels]) => [
      split,
      sortedByKey(
        Array.from(labels, ([label, { images, groups }]) => [
          label,
          { images, distinct: groups.size },
        ]),
      ),
    ]),
  );
}
