import { ImageId } from "../../../contract/ids.ts";
import type { FilePlace, ParsedPlanRequest, Plan, PlanOperation } from "../../../contract/plan.ts";
import { countOf } from "../../../text/figures.ts";
import { TWINLENS_VERSION } from "../../../version.ts";
import type { ClusterCut } from "../../analysis/cuts/cluster-cut.ts";
import { sortedByKey } from "../../analysis/figures/tally.ts";
import type { LoadedProject } from "../../analysis/project/loaded-project.ts";
import { type ContentFacts, contentReader } from "../../data/contents-table.ts";
import { KEEP } from "../../data/decisions/mark-codes.ts";
import { readProjectRules } from "../../data/settings.ts";
import { type DraftOperation, draftOperations } from "./draft.ts";
import { emptiedClusters } from "./held-back.ts";
import { lossWarnings, plannedBalance, plannedLeaks } from "./plan-figures.ts";
import { type FoundSidecars, findSidecars } from "./sidecars.ts";

/**
 * Makes the plan of what to remove, from a person's marks and the keeper rules. It looks for sidecars on disk and changes nothing.
 * @param open gives the project as it is now; what it gives holds until the next await
 * @throws EngineError USAGE for a model output that the scan did not compare by
 */
export async function makePlan(
  open: () => LoadedProject,
  request: ParsedPlanRequest,
): Promise<Plan> {
  const opened = open();
  const cut = opened.cut(request);
  const { view, files } = cut;
  const only = request.only && new Set<number>(request.only);
  const own = readProjectRules(opened.project);
  const { rules = own.rules, kinds = own.kinds } = request;
  const drafts = draftOperations(cut, opened.marks, { ...request, rules, kinds }).filter(
    ({ file }) => only?.has(idOf(cut, file)) ?? true,
  );
  const asked = Uint8Array.from({ length: files.count });
  for (const { file } of drafts) asked[file] = 1;
  const emptied = emptiedClusters(cut, asked, request.mayEmpty);
  const held = new Set(emptied.filter(({ allowed }) => !allowed).map(({ cluster }) => cluster));
  const going = asked.map((goes, file) => (goes && held.has(clusterOf(cut, file)) ? 0 : goes));
  const balance = plannedBalance(cut, going);
  const figures = { balance, leaks: plannedLeaks(cut, going) };
  const facts = contentReader(view.project);
  const toOperation = drafts.map((draft) => operationOf(cut, draft, facts));
  const marks = opened.marks.slice();
  const stays = (image: number) => marks[files.indexOf.get(image) ?? -1] === KEEP;
  const goingImages = new Set(drafts.flatMap(({ file }) => (going[file] ? [idOf(cut, file)] : [])));

  const sidecars = await findSidecars(view, goingImages, request, stays);
  const operations = toOperation.map((make) => make(sidecars));
  const { modelOutput, threshold, mayEmpty } = request;
  return {
    schema: "twinlens.plan/1",
    twinlens: TWINLENS_VERSION,
    project: view.project.file,
    threshold,
    grouping: cut.pairCut.grouping,
    response: modelOutput ?? cut.pairCut.modelOutput.name,
    rules,
    rulesFrom: request.rules ? "request" : "project",
    kinds,
    splits: view.splits.map(({ name, root, protected: closed }) => ({
      name,
      root,
      protected: closed,
    })),
    mayEmpty,
    operations,
    emptied: emptied.map(({ cluster, allowed }) => ({
      cluster: ImageId.parse(cut.anchorOf(cluster)),
      size: cut.size[cluster] as number,
      allowed,
    })),
    totals: totalsOf(operations.filter(({ image }) => goingImages.has(image))),
    ...figures,
    outside: [...sidecars.outside],
    warnings: [
      ...lossWarnings(balance, request.classLoss),
      ...emptyWarnings(emptied.length, held.size),
      ...outsideWarnings(sidecars),
    ],
  };
}

function clusterOf({ clusters, files }: ClusterCut, file: number): number {
  return clusters.clusterOf[files.node[file] as number] as number;
}

function idOf({ files }: ClusterCut, file: number): ImageId {
  return ImageId.parse(files.id[file]);
}

/** Reads all that the project tells of an operation; its sidecars are found later. */
function operationOf(
  cut: ClusterCut,
  { file, reason, keeper }: DraftOperation,
  facts: (content: number) => ContentFacts,
): (sidecars: FoundSidecars) => PlanOperation {
  const image = cut.view.images.get(idOf(cut, file));
  if (!image) throw new Error(`The project lacks image ${idOf(cut, file)}`);
  const { split, path, label, content } = image;
  const { sha256, bytes } = facts(content);
  const cluster = clusterOf(cut, file);
  const anchor = cluster < 0 ? null : ImageId.parse(cut.anchorOf(cluster));
  const operation = {
    image: idOf(cut, file),
    split,
    path,
    label,
    cluster: anchor,
    sha256,
    bytes,
    reason,
    keeper: keeper === null ? null : placeOf(cut, keeper),
  };
  return ({ of }) => ({
    ...operation,
    sidecars: (of.get(operation.image) ?? []).map(({ name }) => name),
  });
}

function placeOf(cut: ClusterCut, file: number): FilePlace {
  const { split = "", path = "" } = cut.view.images.get(idOf(cut, file)) ?? {};
  return { split, path };
}

function totalsOf(operations: readonly PlanOperation[]): Plan["totals"] {
  const sum = (some: readonly PlanOperation[]) => ({
    images: some.length,
    bytes: some.reduce((total, { bytes }) => total + bytes, 0),
  });
  const bySplit = Map.groupBy(operations, ({ split }) => split);
  return {
    ...sum(operations),
    sidecars: operations.reduce((total, { sidecars }) => total + sidecars.length, 0),
    bySplit: sortedByKey(Array.from(bySplit, ([split, some]) => [split, sum(some)])),
  };
}

function emptyWarnings(emptied: number, held: number): string[] {
  if (emptied === 0) return [];
  const allowed =
    emptied > held ? [`${countOf(emptied - held, "cluster")} will keep nothing, as allowed.`] : [];
  if (held === 0) return allowed;
  return [
    `${countOf(held, "cluster")} would keep nothing; their images stay unless that is allowed.`,
    ...allowed,
  ];
}

function outsideWarnings({ outside }: FoundSidecars): string[] {
  return outside.map(
    (folder) =>
      `${folder} holds files of images that go, but lies outside the scanned folders; they stay.`,
  );
}
