import { ImageId } from "../../../contract/ids.ts";
import type { ProjectRules } from "../../../contract/keeper.ts";
import type { ParsedPlanRequest, PlanRow } from "../../../contract/plan.ts";
import type { ClusterCut } from "../../analysis/cuts/cluster-cut.ts";
import type { Decisions } from "../../analysis/cuts/decisions.ts";
import { effectOf, partnerFinder } from "../../analysis/cuts/removals.ts";
import { contentReader } from "../../data/contents-table.ts";
import { KEEP, REMOVE } from "../../data/decisions/mark-codes.ts";

/** A row whose image may be removed. */
export interface ReadyRow {
  readonly row: PlanRow;
  readonly image: ImageId;
  /** Its keeper, if the project has it and it stays. */
  readonly keeper: ImageId | null;
  /** Images that stay and match it directly. At least one of them must exist; `null` if that does not matter. */
  readonly kept: readonly ImageId[] | null;
}

/** A row whose image stays, and why. */
export interface RefusedRow {
  readonly row: PlanRow;
  readonly image: ImageId | null;
  readonly refused: string;
}

export const NOTHING_LEFT =
  "its cluster would lose all images. Keep one of them, or allow that all are removed";
/** Images of {@link ReadyRow.kept}, so that a cluster of thousands of copies does not list each for each. */
const MOST_MATCHES = 50;
export const NO_PARTNER =
  "no image that stays matches it directly. Keep one that does, or mark it remove";

/**
 * Checks a plan, which may have been edited, against the project's current state, row by row.
 * @param cut at the threshold of the plan
 * @param request the kinds name how a copy that stays must match. So does the pair that a row names: a person saw it in the plan
 */
export function resolveRows(
  cut: ClusterCut,
  decisions: Decisions,
  rows: readonly PlanRow[],
  request: ProjectRules & Pick<ParsedPlanRequest, "mayEmpty">,
): (ReadyRow | RefusedRow)[] {
  const { view, files, clusters } = cut;
  const { marks } = decisions;
  const { mayEmpty } = request;
  const partnersOf = partnerFinder(cut, decisions, request);
  const facts = contentReader(view.project);
  const imageAt = new Map(
    Array.from(view.images.values(), ({ id, split, path }) => [`${split}\0${path}`, id]),
  );
  const splits = new Map(view.splits.map((split) => [split.name, split]));
  const chosen = new Uint8Array(files.count);
  const allowed = mayEmpty === "all" ? null : new Set<number>(mayEmpty);

  const imageOf = ({ split, path }: { split: string; path: string }) =>
    imageAt.get(`${split}\0${path}`);
  const reasonFor = (row: PlanRow): string | null => {
    const split = splits.get(row.split);
    if (!split) return `the project has no split named "${row.split}"`;
    if (leadsElsewhere(row.path)) return `its path leads out of the folder of ${row.split}`;
    if (split.protected) return `its split ${row.split} is protected`;
    const image = imageOf(row);
    if (image === undefined) return "the project has no such image";
    if (facts(view.images.get(image)?.content ?? 0).sha256 !== row.sha256) {
      return "its content has changed since the plan was made. Make a new plan";
    }
    if (view.images.get(image)?.isLinked) return "other paths lead to the same file";
    const file = files.indexOf.get(image) as number; // every image is a file of the cut
    if (chosen[file] === 1) return "it is in the plan twice";
    if (marks[file] === KEEP) return "it is marked keep";
    const isAlone = cut.clusterOfImage(image) < 0;
    if (isAlone && marks[file] !== REMOVE && allowed && !allowed.has(image)) {
      return "it has no duplicate at this threshold. Allow its removal, or make a new plan";
    }
    return null;
  };
  const judged = rows.map((row) => {
    const refused = reasonFor(row);
    const image = imageOf(row);
    if (refused === null && image !== undefined) chosen[files.indexOf.get(image) as number] = 1;
    return { row, image: image === undefined ? null : ImageId.parse(image), refused };
  });

  const removals = judged.flatMap(({ image, refused }) => {
    const file = refused === null && image !== null ? files.indexOf.get(image) : undefined;
    return file === undefined ? [] : [{ file, keeper: null, byRule: false }];
  });
  const emptied = new Map(
    effectOf(cut, removals, mayEmpty).emptied.map((one) => [one.cluster, one.allowed]),
  );
  const keptIn = (cluster: number): ImageId[] =>
    Array.from(cut.filesOf(cluster))
      .filter((file) => chosen[file] === 0)
      .map((file) => ImageId.parse(files.id[file]));
  const matchesOf = (file: number, keeper: ImageId | null): ImageId[] => {
    const staying = [...partnersOf(file)].filter((pair) => chosen[pair.keeper] === 0);
    const named = staying.find((pair) => files.id[pair.keeper] === keeper)?.kind;
    return staying
      .filter(({ kind }) => keeper === null || kind === named || request.kinds.includes(kind))
      .slice(0, MOST_MATCHES)
      .map((pair) => ImageId.parse(files.id[pair.keeper]));
  };
  return judged.map(({ row, image, refused }): ReadyRow | RefusedRow => {
    if (refused !== null || image === null) return { row, image, refused: refused ?? "" };
    const file = files.indexOf.get(image) as number;
    const cluster = clusters.clusterOf[files.node[file] as number] as number;
    if (emptied.get(cluster) === false) return { row, image, refused: NOTHING_LEFT };
    const mayLeaveNothing =
      cluster < 0 ||
      allowed === null ||
      cut.filesOf(cluster).some((one) => allowed.has(files.id[one] as number));
    const keeper = row.keeper && imageOf(row.keeper);
    const stays = keeper != null && chosen[files.indexOf.get(keeper) as number] === 0;
    const named = stays ? ImageId.parse(keeper) : null;
    const kept = mayLeaveNothing
      ? null
      : marks[file] === REMOVE
        ? keptIn(cluster)
        : matchesOf(file, named);
    if (kept?.length === 0) return { row, image, refused: NO_PARTNER };
    return { row, image, keeper: named, kept };
  });
}

/** Whether a path could lead out of its folder. No path from a scan does. */
function leadsElsewhere(path: string): boolean {
  return /^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)/.test(path);
}
