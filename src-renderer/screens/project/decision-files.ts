import { chooseFile } from "../../lib/choose-file.ts";
import type { Command } from "../../lib/commands.svelte.ts";
import { saveFile } from "../../lib/save-file.ts";
import { messageOf, type Workspace } from "../../lib/workspace.svelte.ts";

/** Takes what was decided out of the project and into it. */
export function decisionFileCommands(workspace: Workspace): Command[] {
  const { project, name } = workspace.info;
  const save = async (file: string, ask: () => Promise<Blob>) => {
    try {
      saveFile(file, await ask());
    } catch (error) {
      workspace.notice = {
        text: `Not saved: ${messageOf(error)}`,
        tone: "failed",
        back: null,
      };
    }
  };
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
      run: () => void save(`${name}-decisions.json`, () => decisions.file({ project })),
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
      run: () => void save(`${name}-corrections.csv`, () => decisions.corrections({ project })),
    },
  ];
}
