import { isAbsolute } from "node:path";
import { linkRoots } from "../files/link-roots.ts";
import type { Project } from "./project-file.ts";
import { readScanRequest } from "./settings.ts";
import { scannedSplits } from "./splits-table.ts";

/** Real paths of the folders that links of a project's splits may lead to. */
export function projectLinkRoots(project: Project): string[] {
  const request = readScanRequest(project);
  // What a relative folder means depends on where the program was started.
  return linkRoots({
    splits: scannedSplits(project),
    roots: request?.roots?.filter((folder) => isAbsolute(folder)),
    followLinks: request?.followLinks.filter((folder) => isAbsolute(folder)),
  });
}
