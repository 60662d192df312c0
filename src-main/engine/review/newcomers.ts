import type { ClusterCut } from "../analysis/cuts/cluster-cut.ts";
import type { Decisions } from "../analysis/cuts/decisions.ts";
import { contentReader } from "../data/contents-table.ts";
import { contentMarksReader } from "../data/decisions/effective-marks.ts";
import { NO_MARK } from "../data/decisions/mark-codes.ts";
import { rejectionReader } from "../data/decisions/rejections.ts";

const NONE: ReadonlySet<number> = new Set();

/**
 * Finds why a decided cluster is open again: the images that were added by a scan or by another cut after all others had been
 * decided. An image is decided when it is marked, protected, or rejected as a duplicate of another image in the cluster. The result
 * is empty if an older image was left undecided.
 */
export function newcomerReader(
  cut: ClusterCut,
  { marks }: Decisions,
): (cluster: number) => ReadonlySet<number> {
  const { view, files } = cut;
  const marksOf = contentMarksReader(view.project);
  const facts = contentReader(view.project);
  const rejections = rejectionReader(view.project);
  const sha256Of = (file: number) => {
    const content = view.images.get(files.id[file] as number)?.content ?? 0;
    return Buffer.from(facts(content).sha256, "hex");
  };

  return (cluster) => {
    const members = [...cut.filesOf(cluster)];
    const needed = members.filter((file) => files.protected[file] === 0);
    const unmarked = needed.filter((file) => marks[file] === NO_MARK);
    const nothingDecided = unmarked.length === needed.length && !rejections.hasRejections;
    if (unmarked.length === 0 || nothingDecided) return NONE;

    /** The highest image id when the latest decision was made. */
    let seen = -1;
    /** Whether the decisions left none of the images' clusters open. */
    let settled = true;
    for (const file of needed) {
      if (marks[file] === NO_MARK) continue;
      const row = marksOf(sha256Of(file)).rowOf.get(files.id[file] as number);
      seen = Math.max(seen, row?.seen ?? -1);
      settled &&= row?.settled === 1;
    }
    const rejected = new Set<string>();
    if (rejections.hasRejections) {
      const contents = new Map(
        members.map((file) => [sha256Of(file).toString("hex"), sha256Of(file)] as const),
      );
      for (const [a, sha256] of contents) {
        for (const { b, seen: then } of rejections.of(sha256)) {
          if (!contents.has(b.toString("hex"))) continue;
          rejected.add(a).add(b.toString("hex"));
          seen = Math.max(seen, then);
        }
      }
    }
    const open = unmarked.filter((file) => !rejected.has(sha256Of(file).toString("hex")));
    const ids = open.map((file) => files.id[file] as number);
    if (seen < 0) return NONE;
    const joined = settled && unmarked.length < needed.length;
    return joined || ids.every((id) => id > seen) ? new Set(ids) : NONE;
  };
}
