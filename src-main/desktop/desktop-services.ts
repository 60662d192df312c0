import { type BrowserWindow, shell } from "electron";
import { type HostServices, unsupported } from "../app/host-services.ts";
import { makeDialogs } from "./dialogs.ts";
import type { StateFile } from "./state-file.ts";
import { moveToTrash } from "./trash.ts";

interface DesktopServicesOptions {
  readonly opened: readonly string[];
  readonly stateFile: StateFile;
  /** The window that dialogs belong to, while it is there. */
  readonly window: () => BrowserWindow | null;
}

/** What a desktop does for its page. */
export function desktopServices({
  opened,
  stateFile,
  window,
}: DesktopServicesOptions): HostServices {
  return {
    kind: "desktop",
    opened,
    ...makeDialogs(window, stateFile),
    listFolder: () => unsupported("The desktop has dialogs of its own for folders."),
    showInFolder: async (file) => {
      if (!file.isWellFormed()) await unsupported("Its name can't be given to the file manager.");
      shell.showItemInFolder(file);
    },
    trash: moveToTrash,
  };
}
