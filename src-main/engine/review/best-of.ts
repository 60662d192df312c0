import type { ClusterDetail } from "../../contract/cut.ts";
import type { ReportImage } from "../../contract/report.ts";
import { trainingSplit } from "../../contract/training-split.ts";
import { redundantTraining } from "../report/lists.ts";
import type { ProjectView } from "../view/project-view.ts";

/** An image of a cluster with what the rule looks at. */
export type Candidate = Pick<ReportImage, "id" | "split" | "width" | "height" | "bytes">;

/**
 * What the rule of the remove list would keep of a cluster, and why.
 * @param members the cluster's images, in any order
 */
export function bestOf(
  { splits }: Pick<ProjectView, "splits">,
  members: readonly Candidate[],
): ClusterDetail["best"] {
  const training = trainingSplit(splits);
  const isProtected = splits.some(({ name, protected: kept }) => name === training && kept);
  const trained = members.filter(({ split }) => split === training);
  const keepAll = (reason: string) => ({ keep: members.map(({ id }) => id), reason });
  if (training === null || trained.length === 0) {
    return keepAll(`all kept: only copies in ${training ?? "the training split"} would go`);
  }
  if (isProtected) return keepAll(`all kept: ${training} is protected`);
  const { removed, isLeak } = redundantTraining(members, training);
  const gone = new Set(removed.map(({ id }) => id));
  const keep = members.filter(({ id }) => !gone.has(id)).map(({ id }) => id);
  if (isLeak) return { keep, reason: `leak: the ${training} copies go` };
  return { keep, reason: reasonFor(members, keep[0]) };
}

/** What set the one that is kept apart from the others. */
function reasonFor(members: readonly Candidate[], kept: number | undefined): string {
  const best = members.find(({ id }) => id === kept);
  if (!best) return "all kept";
  const others = members.filter(({ id }) => id !== kept);
  const pixels = ({ width, height }: Candidate) => width * height;
  if (others.every((other) => pixels(other) < pixels(best))) {
    return `kept: most pixels (${best.width}x${best.height})`;
  }
  const rivals = others.filter((other) => pixels(other) === pixels(best));
  if (rivals.every((other) => other.bytes < best.bytes)) {
    return `kept: most bytes (${best.bytes}) of those with most pixels (${best.width}x${best.height})`;
  }
  return "kept: the first of equals";
}
