import { dirname } from "node:path";
import { type BrowserWindow, dialog, type OpenDialogOptions } from "electron";
import type { StateFile } from "./state-file.ts";

export interface Dialogs {
  chooseFolders(): Promise<string[]>;
  choosePlace(): Promise<string | null>;
  chooseProject(): Promise<string | null>;
}

/** The system's dialogs, opened where the last one was left. @param owner the window that they belong to, if it is there */
export function makeDialogs(owner: () => BrowserWindow | null, stateFile: StateFile): Dialogs {
  async function choose(options: OpenDialogOptions): Promise<string[]> {
    const { lastFolder } = stateFile.state;
    const asked = { ...options, ...(lastFolder === undefined ? {} : { defaultPath: lastFolder }) };
    const window = owner();
    const { canceled, filePaths } = window
      ? await dialog.showOpenDialog(window, asked)
      : await dialog.showOpenDialog(asked);
    const [first] = filePaths;
    if (canceled || first === undefined) return [];
    stateFile.remember({ lastFolder: dirname(first) });
    return filePaths;
  }
  return {
    chooseFolders: () =>
      choose({
        title: "Choose folders of images",
        properties: ["openDirectory", "multiSelections"],
      }),
    choosePlace: async () => {
      const [folder] = await choose({
        title: "Choose where the new folder goes",
        properties: ["openDirectory", "createDirectory"],
      });
      return folder ?? null;
    },
    chooseProject: async () => {
      const [project] = await choose({
        title: "Open a project",
        properties: ["openFile"],
        filters: [
          { name: "Twinlens projects", extensions: ["twinlens"] },
          { name: "All files", extensions: ["*"] },
        ],
      });
      return project ?? null;
    },
  };
}
