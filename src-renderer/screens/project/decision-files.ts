import { chooseFile } from "../../state/choose-file.ts";
import { saveAnswer } from "../../state/save-file.ts";
import type { Workspace } from "../../state/workspace.svelte.ts";

/** Actions of the commands that save decisions to files and import them. */
export function decisionFileActions(workspace: Workspace) {
  const { project, name } = workspace.info;
  const { decisions } = workspace.client;
  const save = (file: string, ask: () => Promise<Blob>) =>
    void saveAnswer(workspace, `${name}-${file}`, ask);
  const importFile = async (replace: boolean) => {
    const file = await chooseFile(".json,application/json");
    if (file) await workspace.importDecisions(file, replace);
  };
  return {
    "save-decisions": () => save("decisions.json", () => decisions.file({ project })),
    "import-decisions": () => void importFile(false),
    "replace-decisions": () => void importFile(true),
    "save-corrections": {
      enabled: () => (workspace.decisions?.corrections ?? 0) > 0,
      run: () => save("corrections.csv", () => decisions.corrections({ project })),
    },
  };
}
