import { join } from "node:path";
import type { Split } from "../../../contract/scan-request.ts";
import { bytesFromPathText } from "../../../text/paths.ts";
import type { FoundFile } from "./file-names.ts";
import {
  type SkippedPlace,
  type WalkOptions,
  type WalkProblem,
  type WalkResult,
  walkSplit,
} from "./walk-split.ts";

const SLASH = Buffer.from("/");

/** As {@link walkSplit}, for all folders of a split. Paths are relative to the split's root. */
export async function walkFolders(
  { root, folders }: Pick<Split, "root" | "folders">,
  options: WalkOptions,
): Promise<WalkResult> {
  if (folders === undefined) return await walkSplit(root, options);
  const files: FoundFile[] = [];
  const problems: WalkProblem[] = [];
  const skipped: SkippedPlace[] = [];
  for (const folder of folders) {
    const before = files.length;
    const found = await walkSplit(join(root, folder), {
      ...options,
      onProgress: (count) => options.onProgress?.(before + count),
    });
    const below = (path: Buffer) => Buffer.concat([bytesFromPathText(folder), SLASH, path]);
    for (const file of found.files) files.push({ ...file, path: below(file.path) });
    for (const { path, reason } of found.problems) problems.push({ path: below(path), reason });
    for (const place of found.skipped) skipped.push({ ...place, path: below(place.path) });
  }
  const byPath = (a: { path: Buffer }, b: { path: Buffer }) => a.path.compare(b.path);
  return {
    files: (options.names === "all" ? files : onceEach(files)).sort(byPath),
    problems: problems.sort(byPath),
    skipped: skipped.sort(byPath),
  };
}

/** Files that several folders have, by their real path or the first link. */
function onceEach(files: readonly FoundFile[]): FoundFile[] {
  return Array.from(Map.groupBy(files, ({ key }) => key).values(), (same) => {
    const [first, ...others] = same.toSorted(
      (a, b) => Number(a.linked) - Number(b.linked) || a.path.compare(b.path),
    );
    const names = others.reduce((sum, other) => sum + 1 + other.otherNames, 0);
    return { ...(first as FoundFile), otherNames: (first?.otherNames ?? 0) + names };
  });
}
