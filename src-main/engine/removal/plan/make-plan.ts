import type { EvidenceKind } from "../../../contract/evidence-kind.ts";
import { ImageId } from "../../../contract/ids.ts";
import type {
  FilePlace,
  HeldBackImage,
  ParsedPlanRequest,
  Plan,
  PlanOperation,
} from "../../../contract/plan.ts";
import { countOf, countText, percentText, roundFigure } from "../../../text/figures.ts";
import { TWINLENS_VERSION } from "../../../version.ts";
import type { ClusterCut } from "../../analysis/cuts/cluster-cut.ts";
import { effectOf, type FilePair, type FileRemoval } from "../../analysis/cuts/removals.ts";
import { type FileColumns, withoutFiles } from "../../analysis/figures/file-columns.ts";
import { type LeakFigures, leakFigures, reachedSplits } from "../../analysis/figures/leaks.ts";
import { sortedByKey } from "../../analysis/figures/tally.ts";
import { isUnconfirmed } from "../../analysis/keeper/ruled-splits.ts";
import type { LoadedProject } from "../../analysis/project/loaded-project.ts";
import { type ContentFacts, contentReader } from "../../data/contents-table.ts";
import { KEEP } from "../../data/decisions/mark-codes.ts";
import type { ProjectView } from "../../data/project-view.ts";
import { readProjectRules } from "../../data/settings.ts";
import { isCheckedAtFullResolution } from "./full-resolution-check.ts";
import { type FoundSidecars, findSidecars } from "./sidecars.ts";
import { type PairCheck, verifiedRemovals } from "./verified-removals.ts";

/** Folders and lists that a warning names. */
const MOST_NAMED = 5;

/**
 * Makes the removal plan from marks and keeper rules. It looks for sidecars on disk and changes nothing.
 * @param open returns the project's current state, which is valid until the next await
 * @param check compares the files of each pair that a rule acts on
 * @throws EngineError USAGE for a model output that the project does not have
 */
export async function makePlan(
  open: () => LoadedProject,
  request: ParsedPlanRequest,
  check?: PairCheck,
): Promise<Plan> {
  const rulesOf = ({ project }: LoadedProject) => {
    const own = readProjectRules(project);
    return { rules: request.rules ?? own.rules, kinds: request.kinds ?? own.kinds };
  };
  const verified = await verifiedRemovals(open, request, rulesOf, check);
  const { opened, cut, heldBack, refused } = verified;
  const { view, files } = cut;
  const { rules, kinds } = rulesOf(opened);
  const only = request.only && new Set<number>(request.only);
  const drafts = verified.removals.filter(({ file }) => only?.has(idOf(cut, file)) ?? true);
  const { emptied, removed } = effectOf(cut, drafts, request.mayEmpty);
  const held = emptied.filter(({ allowed }) => !allowed);
  const balance = plannedBalance(cut, removed);
  const figures = { balance, leaks: plannedLeaks(cut, removed) };
  const facts = contentReader(view.project);
  const toOperation = drafts.map((draft) => operationOf(cut, draft, facts, check !== undefined));
  const marks = opened.marks.slice();
  const stays = (image: number) => marks[files.indexOf.get(image) ?? -1] === KEEP;
  const removedImages = new Set(
    drafts.flatMap(({ file }) => (removed[file] ? [idOf(cut, file)] : [])),
  );

  const sidecars = await findSidecars(view, removedImages, request, stays);
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
    heldBack: heldBack.map((pair) => heldBackImage(cut, pair)),
    totals: totalsOf(operations.filter(({ image }) => removedImages.has(image))),
    ...figures,
    outside: [...sidecars.outside],
    warnings: [
      ...unconfirmedWarnings(view),
      ...lossWarnings(balance, request.classLoss),
      ...emptyWarnings(emptied.length, held.length),
      ...heldBackWarnings(heldBack.length),
      ...refusedWarnings(refused),
      ...loneWarnings(drafts.filter(({ file }) => removed[file] === 1)),
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

/** Reads an operation's facts from the project now; its sidecars are added later. */
function operationOf(
  cut: ClusterCut,
  { file, reason, keeper, kind, byRule }: FileRemoval,
  facts: (content: number) => ContentFacts,
  isChecked: boolean,
): (sidecars: FoundSidecars) => PlanOperation {
  const image = cut.view.images.get(idOf(cut, file));
  if (!image) throw new Error(`Image ${idOf(cut, file)} is missing from the project`);
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
    keeper: keeper === null ? null : filePlaceOf(cut, keeper),
    kind,
    verified: isChecked && byRule && kind !== null ? verificationOf(kind) : null,
  };
  return ({ of }) => ({
    ...operation,
    sidecars: (of.get(operation.image) ?? []).map(({ name }) => name),
  });
}

function verificationOf(kind: EvidenceKind): PlanOperation["verified"] {
  if (kind === "same-bytes") return "bytes";
  return isCheckedAtFullResolution(kind) ? "full-resolution" : null;
}

function filePlaceOf(cut: ClusterCut, file: number): FilePlace {
  const { split = "", path = "" } = cut.view.images.get(idOf(cut, file)) ?? {};
  return { split, path };
}

function heldBackImage(cut: ClusterCut, { file, keeper, kind }: FilePair): HeldBackImage {
  const labelOf = (one: number) => cut.view.images.get(idOf(cut, one))?.label ?? null;
  return {
    image: idOf(cut, file),
    ...filePlaceOf(cut, file),
    label: labelOf(file),
    cluster: ImageId.parse(cut.anchorOf(clusterOf(cut, file))),
    keeper: filePlaceOf(cut, keeper),
    kind,
    reason: "labels differ",
  };
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
    emptied > held
      ? [`${countOf(emptied - held, "cluster")} will lose all images, as allowed.`]
      : [];
  if (held === 0) return allowed;
  return [
    `${countOf(held, "cluster")} would lose all images. Their images stay unless you allow that.`,
    ...allowed,
  ];
}

function heldBackWarnings(count: number): string[] {
  if (count === 0) return [];
  const [verb, pronoun] =
    count === 1 ? ["is", "its label differs"] : ["are", "their labels differ"];
  return [
    `${countOf(count, "image")} ${verb} held back: ${pronoun} from a direct copy's. Choose the right label first.`,
  ];
}

function refusedWarnings(count: number): string[] {
  if (count === 0) return [];
  return [
    `${countOf(count, "pair")} looked like copies in the scan, but could not be confirmed at full resolution. Their images stay; compare them yourself.`,
  ];
}

/** @param removed the files that go */
function loneWarnings(removed: readonly FileRemoval[]): string[] {
  const alone = removed.filter(({ keeper, byRule }) => keeper === null && !byRule).length;
  if (alone === 0) return [];
  return [`${countOf(alone, "image")} marked remove: nothing that stays matches directly.`];
}

function unconfirmedWarnings(view: ProjectView): string[] {
  if (!isUnconfirmed(view)) return [];
  const names = view.layout.splitLike.map(({ folder }) => folder);
  const listed = names.slice(0, MOST_NAMED).join(", ");
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return [
    `The keeper rules choose nothing: the data set was scanned as one split, but contains what looks like splits (${listed}${more}). ` +
      "Scan with one folder per split, or confirm that it is one split.",
  ];
}

function outsideWarnings({ outside }: FoundSidecars): string[] {
  return outside.map(
    (folder) =>
      `${folder} contains files of removed images, but is outside the scanned folders. They stay.`,
  );
}

/**
 * Images by split and label, before and after.
 * @param removed one byte per file of the cut: 1 if it is to be removed
 */
function plannedBalance({ view, files }: ClusterCut, removed: Uint8Array): Plan["balance"] {
  const counts = view.splits.map(() => files.labels.map(() => ({ before: 0, after: 0 })));
  for (let file = 0; file < files.count; file++) {
    const count = counts[files.split[file] as number]?.[files.label[file] as number];
    if (!count) continue;
    count.before++;
    if (removed[file] === 0) count.after++;
  }
  return Object.fromEntries(
    view.splits.map(({ name }, split) => [
      name,
      sortedByKey(
        files.labels.flatMap((label, index): [string, { before: number; after: number }][] => {
          const count = counts[split]?.[index];
          return count && count.before > 0 ? [[label, count]] : [];
        }),
      ),
    ]),
  );
}

/** Leaks before and after, both as shares of the images before: removing images never seems to raise a leak. */
function plannedLeaks(cut: ClusterCut, removed: Uint8Array): Plan["leaks"] {
  const figuresOf = (files: FileColumns): LeakFigures[] =>
    leakFigures(cut.view, files, reachedSplits(cut.view, files, [cut.pairCut]));
  const after = figuresOf(withoutFiles(cut.files, removed, cut.sets));
  return figuresOf(cut.files).map(({ from, into, ...before }, index) => {
    const { images = 0 } = after[index] ?? {};
    const { of } = before;
    const percent = of === 0 ? 0 : roundFigure((100 * images) / of, 2);
    return { from, into, before, after: { images, of, percent } };
  });
}

/** One sentence per class that would lose more than this share. @param classLoss percent, in [0, 100] */
function lossWarnings(balance: Plan["balance"], classLoss: number): string[] {
  return Object.entries(balance).flatMap(([split, labels]) =>
    Object.entries(labels).flatMap(([label, { before, after }]) => {
      const lost = before - after;
      if (100 * lost <= classLoss * before) return [];
      return [
        `${split}/${label} would lose ${countText(lost)} of ${countOf(before, "image")} (${percentText(lost, before)}).`,
      ];
    }),
  );
}
