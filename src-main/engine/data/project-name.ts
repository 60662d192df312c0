import { createHash } from "node:crypto";
import { basename, dirname, relative, resolve, sep } from "node:path";
import type { Split } from "../../contract/scan-request.ts";
import { foldersOf } from "../../text/splits.ts";

const KEY_DIGITS = 12;

/** Short, stable identifier of a project file for image URLs: 12 hexadecimal digits. */
export function projectKey(file: string): string {
  return createHash("sha256").update(resolve(file)).digest("hex").slice(0, KEY_DIGITS);
}

/** A project's display name: the innermost folder that contains all splits, or the folder of the only split. */
export function projectName(splits: readonly Pick<Split, "root" | "folders">[]): string {
  const [first, ...others] = splits.flatMap(foldersOf).map((folder) => resolve(folder));
  if (first === undefined) return "project";
  let folder = others.length === 0 ? first : dirname(first);
  const holds = (root: string) => {
    const path = relative(folder, root);
    return path !== ".." && !path.startsWith(`..${sep}`);
  };
  while (!others.every(holds) && dirname(folder) !== folder) folder = dirname(folder);
  return basename(folder) || basename(first) || "project";
}
