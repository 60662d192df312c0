import { createHash } from "node:crypto";
import { basename, resolve } from "node:path";

const PROJECT_ENDING = ".twinlens";
const KEY_DIGITS = 16;

/** Stable short name of a project file for addresses of pictures: hexadecimal digits. */
export function projectKey(file: string): string {
  return createHash("sha256").update(resolve(file)).digest("hex").slice(0, KEY_DIGITS);
}

/** What people call a project: its file's name without the ending. */
export function projectName(file: string): string {
  return basename(file, PROJECT_ENDING);
}
