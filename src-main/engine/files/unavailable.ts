import { EngineError } from "../../contract/errors.ts";

/** Says of a root folder why it cannot be listed. */
export function unavailable(folder: string, cause: unknown): EngineError {
  const code = (cause as NodeJS.ErrnoException).code;
  const reason =
    code === "ENOENT"
      ? "does not exist (is its drive connected?)"
      : code === "ENOTDIR"
        ? "is not a folder"
        : code === "EACCES" || code === "EPERM"
          ? "cannot be read: permission denied"
          : `cannot be read: ${code ?? String(cause)}`;
  return new EngineError("FOLDER_UNAVAILABLE", `The folder ${folder} ${reason}.`, { cause });
}
