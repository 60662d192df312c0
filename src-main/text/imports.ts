import type { DecisionsImport } from "../contract/decisions.ts";
import { countText } from "./figures.ts";

/**
 * What an import of decisions came to, for people: a phrase each for what was taken over and for what was not.
 * @param replaced whether the file's decisions won over other ones taken here
 */
export function importText(
  { applied, already, unknown, conflicting, state: { refused } }: DecisionsImport,
  replaced: boolean,
): [string, ...string[]] {
  const rest: [number, string][] = [
    [already, "taken here before"],
    [unknown, "about images that are not here"],
    [refused, "left out: the split is protected"],
    [
      conflicting,
      replaced
        ? "taken here before were replaced"
        : "left out: something else was decided here (replacing takes them)",
    ],
  ];
  return [
    `${decisions(applied)} taken over`,
    ...rest.flatMap(([count, what]) => (count > 0 ? `${decisions(count)} ${what}` : [])),
  ];
}

function decisions(count: number): string {
  return `${countText(count)} ${count === 1 ? "decision" : "decisions"}`;
}
