import type { ClusterCut } from "../analysis/cuts/cluster-cut.ts";
import { unmarkedImages } from "../analysis/cuts/decisions.ts";
import type { LoadedProject } from "../analysis/project/loaded-project.ts";
import { type ChangedMarks, writeSettled } from "../data/decisions/decision-log.ts";
import { contentMarksReader } from "../data/decisions/effective-marks.ts";
import { inTransaction } from "../data/project-file.ts";

/**
 * Records, with the marks of each cluster that a decision changed, whether the cluster is now fully decided. Images that another cut
 * or scan adds to a decided cluster count as new.
 * @param cut the one on screen
 */
export function noteSettled(loaded: LoadedProject, cut: ClusterCut, changed: ChangedMarks): void {
  const unmarked = unmarkedImages(cut, loaded.marks);
  const [settled, open]: [number[], number[]] = [[], []];
  for (const cluster of changedClusters(loaded, cut, changed)) {
    const to = unmarked[cluster] === 0 ? settled : open;
    for (const file of cut.filesOf(cluster)) to.push(cut.files.id[file] as number);
  }
  inTransaction(loaded.project, () => {
    writeSettled(loaded.project, settled, true);
    writeSettled(loaded.project, open, false);
  });
}

function changedClusters(
  { project }: LoadedProject,
  cut: ClusterCut,
  { contents, files }: ChangedMarks,
): Iterable<number> {
  if (contents === "many") return Array(cut.clusters.count).keys();
  const read = contentMarksReader(project);
  const images = [
    ...files.flatMap((group) => group.files),
    ...contents.flatMap((sha256) => read(sha256).files.map(({ id }) => id)),
  ];
  return new Set(images.map((id) => cut.clusterOfImage(id)).filter((cluster) => cluster >= 0));
}
