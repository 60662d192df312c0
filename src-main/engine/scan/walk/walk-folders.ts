import { join } from "node:path";
import type { Split } from "../../../contract/scan-request.ts";
import { bytesFromPathText } from "../../../text/paths.ts";
import { type WalkResult, walkSplit } from "./walk-split.ts";

const SLASH = Buffer.from("/");

/** As {@link walkSplit}, for all folders of a split. Paths are relative to the split's root. */
export async function walkFolders(
  { root, folders }: Pick<Split, "root" | "folders">,
  signal: AbortSignal,
  onProgress: (files: number) => void,
  checkpoint?: () => Promise<void>,
): Promise<WalkResult> {
  if (folders === undefined) return await walkSplit(root, signal, onProgress, checkpoint);
  const all: WalkResult = { files: [], problems: [] };
  for (const folder of folders) {
    const before = all.files.length;
    const { files, problems } = await walkSplit(
      join(root, folder),
      signal,
      (found) => onProgress(before + found),
      checkpoint,
    );
    const below = (path: Buffer) => Buffer.concat([bytesFromPathText(folder), SLASH, path]);
    for (const file of files) all.files.push({ ...file, path: below(file.path) });
    for (const { path, reason } of problems) all.problems.push({ path: below(path), reason });
  }
  all.files.sort((a, b) => a.path.compare(b.path));
  all.problems.sort((a, b) => a.path.compare(b.path));
  return all;
}
