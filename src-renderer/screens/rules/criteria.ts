import type { KeeperCriterion } from "../../../src-main/contract/keeper.ts";

/** A criterion without the names that it may list. */
export type CriterionKind = Extract<KeeperCriterion, string> | "splits" | "folders" | "formats";

/** A criterion as it is being edited: one that lists names counts once it lists any. */
export interface CriterionRow {
  readonly kind: CriterionKind;
  /** The preferred first; `null` for a kind that lists none. */
  readonly names: readonly string[] | null;
}

interface CriterionText {
  readonly name: string;
  readonly says: string;
  /** What a list of names is called. */
  readonly lists?: string;
}

/** The criteria in the words of the editor, in the order in which they are offered. */
export const CRITERIA: Readonly<Record<CriterionKind, CriterionText>> = {
  protected: { name: "In a protected split", says: "Nothing is removed from there anyway" },
  split: { name: "Outside the training split", says: "So that the other splits stay comparable" },
  splits: {
    name: "Preferred splits",
    says: "Splits that are not named come last",
    lists: "Preferred splits, one a line, the best first",
  },
  folders: {
    name: "Preferred folders",
    says: "Folders of a split and all below them; others come last",
    lists: "Preferred folders, one a line, the best first",
  },
  resolution: { name: "Most pixels", says: "The largest width times height" },
  format: {
    name: "Better format",
    says: "PNG, TIFF and BMP, then JPEG, WebP, AVIF and HEIC, then GIF",
  },
  formats: {
    name: "Preferred formats",
    says: "Such as png or jpeg; others come last",
    lists: "Preferred formats, one a line, the best first",
  },
  bytes: { name: "Largest file", says: "The most bytes" },
  exif: { name: "Most EXIF", says: "The most entries about camera, place and time" },
  oldest: { name: "Oldest file", says: "Changed first" },
  newest: { name: "Newest file", says: "Changed last" },
  "shortest-path": { name: "Shortest path", says: "Within its split" },
};

export const CRITERION_KINDS = Object.keys(CRITERIA) as CriterionKind[];

export function rowsOf(order: readonly KeeperCriterion[]): CriterionRow[] {
  return order.map((criterion): CriterionRow => {
    if (typeof criterion === "string") return { kind: criterion, names: null };
    if ("split" in criterion) return { kind: "splits", names: criterion.split };
    if ("folder" in criterion) return { kind: "folders", names: criterion.folder };
    return { kind: "formats", names: criterion.format };
  });
}

/** The criteria that count already. */
export function orderOf(rows: readonly CriterionRow[]): KeeperCriterion[] {
  return rows.flatMap(({ kind, names }): KeeperCriterion[] => {
    const listed = [...(names ?? [])];
    if (listed.length === 0 && names !== null) return [];
    if (kind === "splits") return [{ split: listed }];
    if (kind === "folders") return [{ folder: listed }];
    if (kind === "formats") return [{ format: listed }];
    return [kind];
  });
}

/** Names as they are typed, one a line. */
export function namesOf(text: string): string[] {
  const names = text.split("\n").map((line) => line.trim());
  return [...new Set(names.filter((name) => name !== ""))];
}

/** The same list with one of its elements at another place. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const others = list.toSpliced(from, 1);
  return others.toSpliced(to, 0, ...list.slice(from, from + 1));
}
