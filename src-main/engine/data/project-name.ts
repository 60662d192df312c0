import { createHash } from "node:crypto";
import { basename, dirname, relative, resolve, sep } from "node:path";

const KEY_DIGITS = 12;

/** Stable short name of a project file for addresses of pictures: hexadecimal digits. */
export function projectKey(file: string): string {
  return createHash("sha256").update(resolve(file)).digest("hex").slice(0, KEY_DIGITS);
}

/** What people call a project: the folder that all of its splits lie in, or the split's own when there is but one. */
export function projectName(splits: readonly { readonly root: string }[]): string {
  const [first, ...others] = splits.map(({ root }) => resolve(root));
  if (first === undefined) return "project";
  let folder = others.length === 0 ? first : dirname(first);
  const holds = (root: string) => {
    const path = relative(folder, root);
    return path !== ".." && !path.startsWith(`..${sep}`);
  };
  while (!others.every(holds) && dirname(folder) !== folder) folder = dirname(folder);
  return basename(folder) || basename(first) || "project";
}
