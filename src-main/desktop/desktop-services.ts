import { type BrowserWindow, shell } from "electron";
import {
  type HostServices,
  NOT_UTF8_FOR_TRASH,
  trashRefused,
  unsupported,
} from "../app/host-services.ts";
import { makeDialogs } from "./dialogs.ts";
import type { StateFile } from "./state-file.ts";

interface DesktopServicesOptions {
  readonly opened: readonly string[];
  readonly stateFile: StateFile;
  /** The window that dialogs are attached to, while it is open. */
  readonly window: () => BrowserWindow | null;
}

/** The services of the desktop program. */
export function desktopServices({
  opened,
  stateFile,
  window,
}: DesktopServicesOptions): HostServices {
  return {
    kind: "desktop",
    opened,
    ...makeDialogs(window, stateFile),
    listFolder: () => unsupported("The desktop program uses the system's folder dialogs."),
    showInFolder: async (file) => {
      if (!file.isWellFormed())
        await unsupported(
          "The file manager cannot show this file because its name is not valid UTF-8.",
        );
      shell.showItemInFolder(file);
    },
    trash: moveToTrash,
  };
}

/**
 * Moves one file to the system's trash. Where there is none, as on network drives, the file stays.
 * @param file absolute; see text/paths.ts for names that are not UTF-8.
 * @throws with the reason in one line.
 */
export async function moveToTrash(file: string): Promise<void> {
  if (!file.isWellFormed()) throw new Error(NOT_UTF8_FOR_TRASH);
  try {
    await shell.trashItem(file);
  } catch (cause) {
    throw trashRefused(cause);
  }
}
