import { chooseFile } from "../../state/choose-file.ts";
import type { Command } from "../../state/commands.svelte.ts";
import { saveAnswer } from "../../state/save-file.ts";
import type { Workspace } from "../../state/workspace.svelte.ts";

/** Takes what was decided out of the project and into it. */
export function decisionFileCommands(workspace: Workspace): Command[] {
  const { project, name } = workspace.info;
  const save = (file: string, ask: () => Promise<Blob>) =>
    void saveAnswer(workspace, `${name}-${file}`, ask);
  const takeOver = async (replace: boolean) => {
    const file = await chooseFile(".json,application/json");
    if (file) await workspace.importDecisions(file, replace);
  };
  const { decisions } = workspace.client;
  return [
    {
      id: "save-decisions",
      title: "Save the decisions to a file",
      group: "Project",
      run: () => save("decisions.json", () => decisions.file({ project })),
    },
    {
      id: "import-decisions",
      title: "Take decisions over from a file…",
      group: "Project",
      run: () => void takeOver(false),
    },
    {
      id: "replace-decisions",
      title: "Take decisions over from a file, replacing other ones here…",
      group: "Project",
      run: () => void takeOver(true),
    },
    {
      id: "save-corrections",
      title: "Save the label corrections as CSV",
      group: "Project",
      enabled: () => (workspace.decisions?.corrections ?? 0) > 0,
      run: () => save("corrections.csv", () => decisions.corrections({ project })),
    },
  ];
}
