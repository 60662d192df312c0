import type { ParsedKeeperRules } from "../../../src-main/contract/keeper.ts";

/** Which copies go where they stand in several splits; `named` for splits that a file of rules names. */
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
