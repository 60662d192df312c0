import { lstatSync } from "node:fs";
import { EngineError } from "../../contract/errors.ts";
import { pathTextFromBytes } from "../../contract/path-text.ts";
import { closeMark } from "../decisions/decision-log.ts";
import type { Project } from "../store/project.ts";
import { absolutePath } from "../walk/walk-split.ts";
import type { RemovalFile } from "./removal-file.ts";

/**
 * Notes that a file was removed. All that was computed of it stays, should it come back.
 * @throws EngineError USAGE when it is still there.
 */
export function recordRemoval(project: Project, file: RemovalFile): void {
  const path = absolutePath(file.root, file.path);
  if (isThere(path)) {
    throw new EngineError(
      "USAGE",
      `${pathTextFromBytes(path)} is still there; it was not noted as removed.`,
    );
  }
  project.database
    .transaction(() => {
      project.database.prepare("UPDATE files SET present = 0 WHERE id = ?").run(file.id);
      closeMark(project, file);
    })
    .immediate();
}

function isThere(path: Buffer): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw new EngineError(
      "FOLDER_UNAVAILABLE",
      `Cannot see whether ${pathTextFromBytes(path)} is gone: ${code ?? String(cause)}.`,
      { cause },
    );
  }
}
