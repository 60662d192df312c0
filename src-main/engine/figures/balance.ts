import type { Report } from "../../contract/report.ts";
import type { ProjectView } from "../view/project-view.ts";
import type { FileColumns } from "./file-columns.ts";
import type { PairCut } from "./pair-cut.ts";
import { sortedByKey } from "./tally.ts";

/** Images per split and label, and how many would be left with one kept per cluster. */
export function balanceOf(
  { splits, nodes }: Pick<ProjectView, "splits" | "nodes">,
  files: FileColumns,
  cut: PairCut | undefined,
): Report["balance"] {
  const { labels } = files;
  const places = splits.length * labels.length;
  const images = new Int32Array(places);
  const distinct = new Int32Array(places);
  const met = new Set<number>();
  for (let file = 0; file < files.count; file++) {
    const label = files.label[file] as number;
    if (label < 0) continue;
    const place = (files.split[file] as number) * labels.length + label;
    images[place] = (images[place] as number) + 1;
    const node = files.node[file] as number;
    const cluster = cut?.clusters.clusterOf[node] ?? -1;
    // Nodes outside any cluster count apart: they are numbered behind the clusters, of which there are no more than nodes.
    const group = cluster >= 0 ? cluster : nodes.count + node;
    const key = group * places + place;
    if (met.has(key)) continue;
    met.add(key);
    distinct[place] = (distinct[place] as number) + 1;
  }
  return Object.fromEntries(
    splits.map(({ name }, split) => [
      name,
      sortedByKey(
        labels.flatMap((label, at): [string, { images: number; distinct: number }][] => {
          const place = split * labels.length + at;
          const [count, groups] = [images[place] as number, distinct[place] as number];
          return count === 0 ? [] : [[label, { images: count, distinct: groups }]];
        }),
      ),
    ]),
  );
}
