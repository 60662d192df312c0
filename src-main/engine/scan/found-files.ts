import { readFile } from "node:fs/promises";
import { foldersOf } from "../../text/splits.ts";
import { filePathReader } from "../data/files-table.ts";
import type { Project } from "../data/project-file.ts";
import { projectLinkRoots } from "../data/project-link-roots.ts";
import { absolutePath, requireInside } from "../files/paths.ts";

/**
 * Reads files that the running scan has found, by id.
 * @returns a function whose result is `null` for a file that was deleted, or replaced with a link, since the scan found it
 */
export function foundFileReader(project: Project): (file: number) => Promise<Buffer | null> {
  const pathOf = filePathReader(project);
  let linkRoots: string[] | undefined;
  return async (id) => {
    const file = pathOf(id);
    if (!file) return null;
    const path = absolutePath(file.root, file.path);
    if (file.isLinked) linkRoots ??= projectLinkRoots(project);
    try {
      await requireInside(path, foldersOf(file), "file", file.isLinked ? linkRoots : []);
      return await readFile(path);
    } catch {
      return null; // the next scan reports it
    }
  };
}
