import { EngineError } from "../../contract/errors.ts";
import { systemErrorReason } from "./system-error-reason.ts";

/** The error for a split's folder that cannot be listed. */
export function unavailable(folder: string, cause: unknown): EngineError {
  const code = (cause as NodeJS.ErrnoException).code;
  const reason =
    code === "ENOENT"
      ? "does not exist (is its drive connected?)"
      : code === "ENOTDIR"
        ? "is not a folder"
        : `cannot be read: ${systemErrorReason(cause)}`;
  return new EngineError("FOLDER_UNAVAILABLE", `The folder ${folder} ${reason}.`, { cause });
}
