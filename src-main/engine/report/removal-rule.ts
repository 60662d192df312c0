import { candidateReader } from "../keeper/candidates.ts";
import { readProjectRules } from "../store/settings.ts";
import type { ProjectView } from "../view/project-view.ts";
import type { RemovalRule } from "./lists.ts";

/** What the keep and remove lists of a project go by. */
export function removalRule(view: ProjectView): RemovalRule {
  return {
    response: view.responses[0]?.name ?? "",
    protectedSplits: new Set(
      view.splits.filter((split) => split.protected).map(({ name }) => name),
    ),
    rules: readProjectRules(view.project).rules,
    candidateOf: candidateReader(view, "many"),
  };
}
