import type { ProjectCache } from "../analysis/project/project-cache.ts";
import { readProjectRules, writeProjectRules } from "../data/settings.ts";
import { answer } from "./answer.ts";
import { os } from "./implementer.ts";

/** Handlers of the contract's group `keeper`. */
export function keeperProcedures(projects: ProjectCache) {
  return {
    rules: os.keeper.rules.handler(({ input }) =>
      answer(input.project, () => readProjectRules(projects.open(input.project).project)),
    ),

    setRules: os.keeper.setRules.handler(({ input: { project: file, ...rules } }) =>
      answer(file, () => {
        writeProjectRules(projects.open(file).project, rules);
        return rules;
      }),
    ),
  };
}
