import { candidateReader } from "../../analysis/keeper/candidates.ts";
import type { ProjectView } from "../../data/project-view.ts";
import { readProjectRules } from "../../data/settings.ts";
import type { RemovalRule } from "./lists.ts";

/** What the keep and remove lists of a project go by. */
export function removalRule(view: ProjectView): RemovalRule {
  return {
    response: view.modelOutputs[0]?.name ?? "",
    protectedSplits: new Set(
      view.splits.filter((split) => split.protected).map(({ name }) => name),
    ),
    rules: readProjectRules(view.project).rules,
    candidateOf: candidateReader(view, "many"),
  };
}
