import type { ImageId } from "../../../contract/ids.ts";
import type { ParsedKeeperRules } from "../../../contract/keeper.ts";
import { trainingSplit } from "../../../text/splits.ts";
import { type Candidate, measureOf, type RuledSplit } from "./criteria.ts";

/** The result of the keeper rules for the copies of one image. */
export interface KeeperChoice {
  readonly keep: readonly ImageId[];
  readonly remove: readonly ImageId[];
  /** The best image that is kept, which replaces the others; `null` when none is kept. */
  readonly keeper: ImageId | null;
  /** Whether the copies are in more than one split. */
  readonly isLeak: boolean;
  /** The reason, for a reviewer. */
  readonly reason: string;
}

/**
 * Chooses which copies of one image to keep. The order of the copies does not matter.
 *
 * 1. Only images of the splits in `rules.from` are removable, except those in protected splits and those marked keep.
 * 2. If a copy is not removable, all removable ones are removed; one in another split would be a leak.
 * 3. Otherwise all but the best are removed, or all of them if they span splits and `rules.dropLeaks` is set.
 * @param members at least one
 * @param splits all of the project, in its order
 * @param marked images that a reviewer marked keep
 */
export function chooseKeepers(
  members: readonly Candidate[],
  splits: readonly RuledSplit[],
  rules: ParsedKeeperRules,
  marked: ReadonlySet<number> = new Set(),
): KeeperChoice {
  const from = splitsTakenFrom(rules, splits);
  const isProtected = new Set(splits.filter((split) => split.protected).map(({ name }) => name));
  const [fixed, removable]: [Candidate[], Candidate[]] = [[], []];
  for (const member of members) {
    const mayGo =
      from.includes(member.split) && !isProtected.has(member.split) && !marked.has(member.id);
    (mayGo ? removable : fixed).push(member);
  }
  const isLeak = new Set(members.map(({ split }) => split)).size > 1;
  const best = bestOf(fixed.length > 0 ? fixed : removable, splits, rules);
  const choose = (remove: readonly Candidate[], reason: string): KeeperChoice => {
    const gone = new Set(remove);
    const keep = members.filter((member) => !gone.has(member)).map(({ id }) => id);
    const keeper = keep.length > 0 ? best.candidate.id : null;
    return { keep, remove: remove.map(({ id }) => id), keeper, isLeak, reason };
  };
  if (removable.length === 0) {
    return choose([], `all kept: ${reasonForAll(members, from, isProtected, marked)}`);
  }
  const going = namesOf(removable);
  if (isLeak && rules.dropLeaks) return choose(removable, `leak: all copies in ${going} go`);
  if (fixed.length > 0) {
    const keptByHand = !isLeak && marked.has(best.candidate.id);
    return choose(
      removable,
      isLeak ? `leak: the ${going} copies go` : `kept: ${keptByHand ? "marked keep" : best.words}`,
    );
  }
  const rest = removable.filter((candidate) => candidate !== best.candidate);
  return choose(rest, `kept: ${best.words}`);
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

/**
 * The best of some copies and the reason.
 * @throws RangeError when there are none
 */
export function bestOf(
  candidates: readonly Candidate[],
  splits: readonly RuledSplit[],
  { order }: Pick<ParsedKeeperRules, "order">,
): { candidate: Candidate; words: string } {
  let field: readonly Candidate[] = candidates.toSorted(byPath);
  for (const criterion of order) {
    const { score, words } = measureOf(criterion, splits);
    const most = field.reduce((best, each) => Math.max(best, score(each)), -Infinity);
    field = field.filter((candidate) => score(candidate) === most);
    const [only, second] = field;
    if (only && !second && candidates.length > 1) return { candidate: only, words: words(only) };
  }
  const [first] = field;
  if (!first) throw new RangeError("Expected an image to choose from but received none.");
  return { candidate: first, words: "the first of equals" };
}

function reasonForAll(
  members: readonly Candidate[],
  from: readonly string[],
  isProtected: ReadonlySet<string>,
  marked: ReadonlySet<number>,
): string {
  const candidates = members.filter(({ split }) => from.includes(split));
  if (candidates.length === 0) {
    return `only copies in ${from.join(" or ") || "the training split"} would go`;
  }
  const guarded = candidates.filter(({ split }) => isProtected.has(split));
  if (guarded.length === 0 && candidates.every(({ id }) => marked.has(id))) return "marked keep";
  return `${namesOf(guarded)} is protected`;
}

function namesOf(members: readonly Candidate[]): string {
  return [...new Set(members.map(({ split }) => split))].sort().join(" and ");
}

/** By split and path rather than id, which depends on when a file was first seen. */
function byPath(a: Candidate, b: Candidate): number {
  if (a.split !== b.split) return a.split < b.split ? -1 : 1;
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
