import type { ReviewCut } from "../analysis/cuts/cluster-cut.ts";
import { unmarkedImages } from "../analysis/cuts/decided.ts";
import type { OpenedProject } from "../analysis/cuts/opened-project.ts";
import type { ChangedMarks } from "../data/decisions/decision-log.ts";
import { contentMarksReader } from "../data/decisions/effective-marks.ts";

/**
 * Notes with the marks of the clusters that a decision was about whether it left anything of them open: what another cut, or another
 * scan, adds to one that it did not is new to it.
 * @param cut that was looked at
 */
export function noteSettled(opened: OpenedProject, cut: ReviewCut, changed: ChangedMarks): void {
  const unmarked = unmarkedImages(cut, opened.marks);
  const [settled, open]: [number[], number[]] = [[], []];
  for (const cluster of changedClusters(opened, cut, changed)) {
    const to = unmarked[cluster] === 0 ? settled : open;
    for (const file of cut.filesOf(cluster)) to.push(cut.files.id[file] as number);
  }
  // As a join SQLite would go through all images for each mark: ten minutes for 60,000 of them.
  const note = opened.project.database.prepare<[number, number, string]>(
    `UPDATE marks SET settled = ? WHERE settled <> ? AND (sha256, split, path) IN (
       SELECT c.sha256, s.name, f.path FROM json_each(?) one CROSS JOIN files f ON f.id = one.value
       JOIN contents c ON c.id = f.content JOIN splits s ON s.id = f.split)`,
  );
  opened.project.database.transaction(() => {
    if (settled.length > 0) note.run(1, 1, JSON.stringify(settled));
    if (open.length > 0) note.run(0, 0, JSON.stringify(open));
  })();
}

function changedClusters(
  { project }: OpenedProject,
  cut: ReviewCut,
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
