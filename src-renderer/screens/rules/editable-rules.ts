import type { KeeperCriterion, ParsedKeeperRules } from "../../../src-main/contract/keeper.ts";

/** A criterion without its list of names. */
export type CriterionKind = Extract<KeeperCriterion, string> | "splits" | "folders" | "formats";

/** A criterion being edited. One that lists names has no effect while its list is empty. */
export interface CriterionRow {
  readonly kind: CriterionKind;
  /** Preferred names, best first; `null` for a kind without a list. */
  readonly names: readonly string[] | null;
}

interface CriterionText {
  readonly name: string;
  readonly says: string;
  /** Label of the list of names. */
  readonly lists?: string;
}

/** The editor's wording for each criterion, in the order in which it offers them. */
export const CRITERIA: Readonly<Record<CriterionKind, CriterionText>> = {
  protected: { name: "In a protected split", says: "Plans never remove files from it" },
  split: { name: "Outside the training split", says: "Keeps the other splits comparable" },
  splits: {
    name: "Preferred splits",
    says: "Unlisted splits come last",
    lists: "Preferred splits, one per line, best first",
  },
  folders: {
    name: "Preferred folders",
    says: "Folders in a split, with their subfolders; unlisted folders come last",
    lists: "Preferred folders, one per line, best first",
  },
  resolution: { name: "Most pixels", says: "Largest width × height" },
  format: {
    name: "Better format",
    says: "PNG, TIFF, and BMP; then JPEG, WebP, AVIF, and HEIC; then GIF",
  },
  formats: {
    name: "Preferred formats",
    says: "Such as png or jpeg; unlisted formats come last",
    lists: "Preferred formats, one per line, best first",
  },
  bytes: { name: "Largest file", says: "Most bytes" },
  exif: { name: "Most EXIF data", says: "Most entries about camera, location, and time" },
  oldest: { name: "Oldest file", says: "Earliest modification time" },
  newest: { name: "Newest file", says: "Latest modification time" },
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

/** The criteria that have an effect. */
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

/** Parses names typed one per line. */
export function namesOf(text: string): string[] {
  const names = text.split("\n").map((line) => line.trim());
  return [...new Set(names.filter((name) => name !== ""))];
}

/** A copy of the list with one element moved to another index. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const others = list.toSpliced(from, 1);
  return others.toSpliced(to, 0, ...list.slice(from, from + 1));
}

/** Which copies are removed where several splits have one; `named` when a file of rules lists the splits. */
export type LeakSide = "training" | "others" | "all" | "both" | "named";

export function sideOf({ from, dropLeaks }: ParsedKeeperRules): LeakSide {
  if (typeof from === "object") return "named";
  return from === "all" && dropLeaks ? "both" : from;
}

export function withSide(
  rules: ParsedKeeperRules,
  side: Exclude<LeakSide, "named">,
): ParsedKeeperRules {
  return { ...rules, from: side === "both" ? "all" : side, dropLeaks: side === "both" };
}
