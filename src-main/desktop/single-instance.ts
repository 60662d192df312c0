import { app } from "electron";
import { z } from "zod";

/** What a later start hands to the first. */
const Handed = z.object({ paths: z.array(z.string()) });

/**
 * Makes this start the only one, or hands its paths to the one that is.
 * @param paths that this start was given. They travel beside the command line, which Chromium reorders.
 * @param onLater called in the first with the paths of every later start
 * @returns whether this is the first
 */
export function claimSingleInstance(
  paths: readonly string[],
  onLater: (paths: string[]) => void,
): boolean {
  if (!app.requestSingleInstanceLock({ paths: [...paths] } satisfies z.infer<typeof Handed>))
    return false;
  app.on("second-instance", (_event, _words, _folder, handed) => {
    const read = Handed.safeParse(handed);
    onLater(read.success ? read.data.paths : []);
  });
  return true;
}
