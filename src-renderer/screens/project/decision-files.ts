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

/**
 * Opens the browser's file dialog. Call it only while handling a click or a key.
 * @param accept extensions or types, such as `.json`
 * @returns `null` if the person cancels
 */
function chooseFile(accept: string): Promise<File | null> {
  const field = document.createElement("input");
  field.type = "file";
  field.accept = accept;
  return new Promise((resolve) => {
    field.addEventListener("change", () => resolve(field.files?.[0] ?? null), { once: true });
    field.addEventListener("cancel", () => resolve(null), { once: true });
    field.click();
  });
}
