import type { ImageId } from "../../../contract/ids.ts";
import type { ParsedKeeperRules } from "../../../contract/keeper.ts";
import { trainingSplit } from "../../../text/splits.ts";
import { type Candidate, measureOf, type RuledSplit } from "./criteria.ts";

/** What the rules come to for copies of one picture. */
export interface KeeperChoice {
  readonly keep: readonly ImageId[];
  readonly remove: readonly ImageId[];
  /** The best of those kept: what stays in the place of the others. `null` when nothing is kept. */
  readonly keeper: ImageId | null;
  /** Whether the copies stand in more than one split. */
  readonly isLeak: boolean;
  /** Why, in words for a person. */
  readonly reason: string;
}

/**
 * Chooses among copies of one picture, in whatever order they are given.
 *
 * 1. Only images of the splits that `rules.from` names may go: none of a protected split, none that is marked to be kept.
 * 2. Where another copy stays anyway, all that may go do: in another split the rest would be a leak.
 * 3. Else all but the best of them go, or all of them where `rules.dropLeaks` asks for it and they stand in several splits.
 * @param members one at least
 * @param splits all of the project, in its order
 * @param marked images that a person marked to be kept
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
 * The best of some copies and what sets it apart, in words.
 * @throws RangeError without any
 */
export function bestOf(
  candidates: readonly Candidate[],
  splits: readonly RuledSplit[],
  { order }: Pick<ParsedKeeperRules, "order">,
): { candidate: Candidate; words: string } {
  let field: readonly Candidate[] = candidates.toSorted(byPlace);
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

/** Ids depend on when a file was first seen; places don't. */
function byPlace(a: Candidate, b: Candidate): number {
  if (a.split !== b.split) return a.split < b.split ? -1 : 1;
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
