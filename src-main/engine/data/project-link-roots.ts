import { linkRoots } from "../files/link-roots.ts";
import type { Project } from "./project-file.ts";
import { readScanRequest } from "./settings.ts";
import { scannedSplits } from "./splits-table.ts";

/** Real paths of the folders that links of a project's splits may lead to. */
export function projectLinkRoots(project: Project): string[] {
  const request = readScanRequest(project);
  return linkRoots({
    splits: scannedSplits(project),
    roots: request?.roots,
    followLinks: request?.followLinks,
  });
}
