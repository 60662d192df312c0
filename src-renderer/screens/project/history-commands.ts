import type { Command } from "../../state/commands.svelte.ts";
import type { Workspace } from "../../state/workspace.svelte.ts";

/** Takes decisions back, and does them again. */
export function historyCommands(workspace: Workspace): Command[] {
  return [
    {
      id: "undo",
      title: "Undo",
      group: "Decide",
      keys: ["U", "Mod+Z"],
      repeats: true,
      run: () => void workspace.undo(),
    },
    {
      id: "redo",
      title: "Redo",
      group: "Decide",
      keys: ["Shift+U", "Mod+Shift+Z"],
      repeats: true,
      run: () => void workspace.redo(),
    },
  ];
}
