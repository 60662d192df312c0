import type { DecisionsImport } from "../contract/decisions.ts";
import { countOf } from "./figures.ts";

/**
 * The result of importing decisions, as phrases: first what was imported, then what was not.
 * @param replaced whether the file's decisions replaced conflicting ones in the project
 */
export function importOutcome(
  { applied, already, unknown, conflicting, state: { refused } }: DecisionsImport,
  replaced: boolean,
): [string, ...string[]] {
  const rest: [number, string][] = [
    [already, "already made here"],
    [unknown, "about images that are not in this project"],
    [refused, "skipped because the split is protected"],
    [
      conflicting,
      replaced
        ? "replaced earlier ones"
        : "skipped because they contradict earlier ones (choose to replace them to import these too)",
    ],
  ];
  return [
    `${countOf(applied, "decision")} imported`,
    ...rest.flatMap(([count, what]) => (count > 0 ? `${countOf(count, "decision")} ${what}` : [])),
  ];
}
