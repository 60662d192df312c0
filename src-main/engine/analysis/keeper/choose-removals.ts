import type { Mark } from "../../../contract/cut.ts";
import type { EvidenceKind } from "../../../contract/evidence-kind.ts";
import type { ParsedKeeperRules } from "../../../contract/keeper.ts";
import { trainingSplit } from "../../../text/splits.ts";
import { type Candidate, type Measure, measureOf, type RuledSplit, SOUNDNESS } from "./criteria.ts";

/** A file of the graph. */
export interface GraphFile extends Candidate {
  readonly mark: Mark | null;
  /** The label that counts: the one that a reviewer chose, or the file's own. */
  readonly label: string | null;
  /** Whether a reviewer chose it. */
  readonly labelChosen: boolean;
  /** Index of its block. */
  readonly block: number;
}

/**
 * Files and the direct pairs among them, of the kinds that the rules name. Files with the same matches form a block, such as files with the
 * same bytes. Pairs connect blocks: every file of one block is paired with every file of the other.
 */
export interface RemovalGraph {
  readonly files: readonly GraphFile[];
  /** By block: the blocks that its files are paired with, and the kind. A block that is linked to itself contains copies. Symmetric. */
  readonly links: readonly ReadonlyMap<number, EvidenceKind>[];
}

/** A file and the direct partner that stays, as indexes of files. */
export interface DirectPair {
  readonly file: number;
  readonly partner: number;
  readonly kind: EvidenceKind;
}

/** A file that goes. */
export interface Removal {
  readonly file: number;
  /** The best direct partner that stays; `null` only if the rules drop both sides of a leak. */
  readonly pair: DirectPair | null;
  readonly reason: string;
}

export interface RemovalChoice {
  /** By index of the file. */
  readonly removals: readonly Removal[];
  /** By file index: files that are kept only because their label differs from a direct partner's and no reviewer chose the right one. */
  readonly heldBack: readonly DirectPair[];
  /** Kept files that are paired with another file that is not marked remove, by index. */
  readonly keepers: readonly number[];
  /** A description of the choice for a reviewer. */
  readonly reason: string;
}

/**
 * Chooses the files to remove, so that each has a direct partner that stays. The order of the files does not matter.
 *
 * 1. Files marked remove are gone already. Files outside `rules.from`, in protected splits, marked keep, or reached by links stay, best
 *    first, and their direct partners go.
 * 2. Of the others, the best stays and its direct partners go; then the best of the rest, and so on.
 * 3. With `rules.dropLeaks`, both files of a pair across splits go, as far as step 1 allows.
 * 4. A damaged file is worse than any sound one, and no sound file goes because of it.
 * 5. A file whose label differs from a direct partner's stays until the right label is chosen.
 * @param splits all of the project, in its order
 */
export function chooseRemovals(
  { files, links }: RemovalGraph,
  splits: readonly RuledSplit[],
  rules: ParsedKeeperRules,
): RemovalChoice {
  const compare = candidateOrder(splits, rules);
  const order = [...files.keys()].sort((a, b) => compare(fileAt(a), fileAt(b)));
  const from = splitsTakenFrom(rules, splits);
  const isProtected = new Set(splits.filter((split) => split.protected).map(({ name }) => name));
  const mayGo = ({ split, mark, isLinked }: GraphFile) =>
    mark === null && from.includes(split) && !isProtected.has(split) && !isLinked;
  const blocks = describeBlocks(files, links.length);
  const partners = blocks.map((_, block) =>
    Array.from(links[block] ?? [], ([other, kind]) => ({ block: blocks[other] as Block, kind })),
  );

  /** By block, the best kept file that is paired with its files. */
  const covered: (DirectPair | undefined)[] = [];
  const cover = (file: number) => {
    for (const [block, kind] of links[fileAt(file).block] ?? []) {
      // What stays for a sound file must be sound itself.
      if (fileAt(file).isDamaged && blocks[block]?.isSound) continue;
      covered[block] ??= { file, partner: file, kind };
    }
  };
  const pairOf = (file: number): DirectPair | null => {
    const cover = covered[fileAt(file).block];
    return cover ? { ...cover, file } : null;
  };

  const free: number[] = [];
  for (const file of order) {
    if (mayGo(fileAt(file))) free.push(file);
    else if (fileAt(file).mark !== "remove") cover(file);
  }
  const conflicts = (file: GraphFile) =>
    (partners[file.block] ?? []).some(({ block }) => block.labels.some((one) => differ(file, one)));
  const leaks = (file: GraphFile) =>
    (partners[file.block] ?? []).some(({ block }) =>
      [...block.splits].some((s) => s !== file.split),
    );
  const [going, heldBack, dropped]: [number[], DirectPair[], number[]] = [[], [], []];
  for (const index of free) {
    const file = fileAt(index);
    const pair = pairOf(index);
    if (pair && conflicts(file)) heldBack.push(pair);
    else if (rules.dropLeaks && leaks(file) && !conflicts(file)) dropped.push(index);
    else if (pair) going.push(index);
    else cover(index);
  }
  const droppedFrom = namesOf(dropped.map((file) => fileAt(file).split));
  const removals = [
    ...going.map((file) => removalOf(pairOf(file) as DirectPair)), // it goes because it is covered
    ...dropped.map((file): Removal => {
      const pair = pairOf(file);
      if (pair) return removalOf(pair);
      return { file, pair, reason: `leak: all copies in ${droppedFrom} are removed` };
    }),
  ].sort((a, b) => a.file - b.file);
  const gone = new Set(removals.map(({ file }) => file));
  const keepers = order.filter((file) => !gone.has(file) && isPaired(fileAt(file)));
  return {
    removals,
    heldBack: heldBack.sort((a, b) => a.file - b.file),
    keepers: keepers.toSorted((a, b) => a - b),
    reason: reasonOfAll(),
  };

  function fileAt(index: number): GraphFile {
    return files[index] as GraphFile; // indexes come from the graph
  }

  function isPaired({ block, mark }: GraphFile): boolean {
    if (mark === "remove") return false;
    return (partners[block] ?? []).some(
      ({ block: other }) => other.staying > Number(other === blocks[block]),
    );
  }

  function removalOf(pair: DirectPair): Removal {
    const [file, partner] = [fileAt(pair.file), fileAt(pair.partner)];
    const what = `${pair.kind} copy of ${partner.split}/${partner.path}`;
    const reason =
      file.split === partner.split
        ? `${what}; kept: ${partner.mark === "keep" ? "marked keep" : words(partner, file)}`
        : `leak: ${what}`;
    return { file: pair.file, pair, reason };
  }

  /** Why one file is better than another. */
  function words(better: GraphFile, than: GraphFile): string {
    for (const measure of measuresOf(splits, rules)) {
      if (measure.score(better) > measure.score(than)) return measure.words(better);
    }
    return "the first of equals";
  }

  function reasonOfAll(): string {
    const [first] = removals;
    if (!first) {
      if (heldBack.length > 0) return "all kept: their labels differ; choose the right label first";
      if (keepers.length === 0) return "no match is of a kind that the rules remove";
      return `all kept: ${reasonToKeepAll(keepers.map(fileAt), from, isProtected)}`;
    }
    const acrossSplits = removals.filter(
      ({ file, pair }) => !pair || fileAt(file).split !== fileAt(pair.partner).split,
    );
    if (acrossSplits.length > 0) {
      const going = namesOf(acrossSplits.map(({ file }) => fileAt(file).split));
      const all = acrossSplits.some(({ pair }) => pair === null);
      if (all) return `fixes the leak: all copies in ${going} are removed`;
      const copies = acrossSplits.length === 1 ? "the copy" : "the copies";
      return `fixes the leak: ${copies} in ${going} ${acrossSplits.length === 1 ? "is" : "are"} removed`;
    }
    const kept = new Set(removals.flatMap(({ pair }) => pair?.partner ?? []));
    if (kept.size > 1) return `kept: ${kept.size} images, one for each removed image to match`;
    return first.reason.slice(first.reason.lastIndexOf("; kept: ") + 2);
  }
}

/** What the rules need to know about the files of one block that are not marked remove. */
interface Block {
  /** Their labels, each once. */
  readonly labels: Pick<GraphFile, "label" | "labelChosen">[];
  readonly splits: Set<string>;
  /** Whether it has a file without damage. */
  isSound: boolean;
  staying: number;
}

function describeBlocks(files: readonly GraphFile[], count: number): Block[] {
  const blocks = Array.from(
    { length: count },
    (): Block => ({
      labels: [],
      splits: new Set(),
      isSound: false,
      staying: 0,
    }),
  );
  for (const { block: index, mark, label, labelChosen, split, isDamaged } of files) {
    const block = blocks[index];
    if (!block || mark === "remove") continue;
    block.staying++;
    block.isSound ||= !isDamaged;
    block.splits.add(split);
    const known = block.labels.some(
      (one) => one.label === label && one.labelChosen === labelChosen,
    );
    if (label !== null && !known) block.labels.push({ label, labelChosen });
  }
  return blocks;
}

/** Whether two labels are an unsettled conflict. */
function differ(
  a: Pick<GraphFile, "label" | "labelChosen">,
  b: Pick<GraphFile, "label" | "labelChosen">,
): boolean {
  if (a.label === null || b.label === null || a.label === b.label) return false;
  return !(a.labelChosen && b.labelChosen);
}

/** Sorts candidates from best to worst; of equals, the first by split and path. */
export function candidateOrder(
  splits: readonly RuledSplit[],
  { order }: Pick<ParsedKeeperRules, "order">,
): (a: Candidate, b: Candidate) => number {
  const measures = measuresOf(splits, { order });
  return (a, b) => {
    for (const { score } of measures) {
      const [one, other] = [score(a), score(b)];
      if (one !== other) return other - one;
    }
    return byPath(a, b);
  };
}

function measuresOf(
  splits: readonly RuledSplit[],
  { order }: Pick<ParsedKeeperRules, "order">,
): Measure[] {
  return [SOUNDNESS, ...order.map((criterion) => measureOf(criterion, splits))];
}

function splitsTakenFrom(
  { from }: ParsedKeeperRules,
  splits: readonly RuledSplit[],
): readonly string[] {
  if (typeof from === "object") return from;
  const training = trainingSplit(splits);
  return splits
    .map(({ name }) => name)
    .filter((name) => from === "all" || (name === training) === (from === "training"));
}

function reasonToKeepAll(
  files: readonly GraphFile[],
  from: readonly string[],
  isProtected: ReadonlySet<string>,
): string {
  const candidates = files.filter(({ split }) => from.includes(split));
  if (candidates.length === 0) {
    return `only copies in ${from.join(" or ") || "the training split"} may be removed`;
  }
  const guarded = candidates.filter(({ split }) => isProtected.has(split));
  if (guarded.length > 0) return `${namesOf(guarded.map(({ split }) => split))} is protected`;
  return candidates.some(({ isLinked }) => isLinked) ? "links lead to them" : "marked keep";
}

function namesOf(splits: readonly string[]): string {
  return [...new Set(splits)].sort().join(" and ");
}

/** By split and path rather than id, which depends on when a file was first seen. */
function byPath(a: Candidate, b: Candidate): number {
  if (a.split !== b.split) return a.split < b.split ? -1 : 1;
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
