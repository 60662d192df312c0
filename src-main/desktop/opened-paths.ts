import { resolve } from "node:path";
import { app } from "electron";
import { z } from "zod";

/**
 * The projects and folders named on the program's command line, as absolute paths.
 * @param words without the program's name.
 * @param folder the working directory.
 */
export function openedPaths(words: readonly string[], folder: string): string[] {
  // Chromium's and Electron's switches are in the same list.
  return words
    .filter((word) => word !== "" && !word.startsWith("-"))
    .map((word) => resolve(folder, word));
}

/** What a second instance sends to the first. */
const InstanceData = z.object({ paths: z.array(z.string()) });

/**
 * Makes this instance the only one, or sends its paths to the one that is running.
 * @param paths sent separately because Chromium reorders the command line.
 * @param onLater called in the first instance with the paths of each later one.
 * @returns whether this is the first instance.
 */
export function claimSingleInstance(
  paths: readonly string[],
  onLater: (paths: string[]) => void,
): boolean {
  if (!app.requestSingleInstanceLock({ paths: [...paths] } satisfies z.infer<typeof InstanceData>))
    return false;
  app.on("second-instance", (_event, _words, _folder, data) => {
    const sent = InstanceData.safeParse(data);
    onLater(sent.success ? sent.data.paths : []);
  });
  return true;
}
