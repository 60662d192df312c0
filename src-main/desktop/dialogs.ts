import { dirname } from "node:path";
import { type BrowserWindow, dialog, type OpenDialogOptions } from "electron";
import type { HostServices } from "../app/host-services.ts";
import type { StateFile } from "./state-file.ts";

type Dialogs = Pick<HostServices, "chooseFolders" | "choosePlace" | "chooseProject">;

/** The system's dialogs. Each opens in the folder of the last choice. @param owner the window they are attached to, if open. */
export function makeDialogs(owner: () => BrowserWindow | null, stateFile: StateFile): Dialogs {
  async function choose(options: OpenDialogOptions): Promise<string[]> {
    const { lastFolder } = stateFile.state;
    const shown = { ...options, ...(lastFolder === undefined ? {} : { defaultPath: lastFolder }) };
    const window = owner();
    const { canceled, filePaths } = window
      ? await dialog.showOpenDialog(window, shown)
      : await dialog.showOpenDialog(shown);
    const [first] = filePaths;
    if (canceled || first === undefined) return [];
    stateFile.remember({ lastFolder: dirname(first) });
    return filePaths;
  }
  return {
    chooseFolders: () =>
      choose({
        title: "Choose image folders",
        properties: ["openDirectory", "multiSelections"],
      }),
    choosePlace: async () => {
      const [folder] = await choose({
        title: "Choose where to create the new folder",
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
