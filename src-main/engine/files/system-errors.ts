import { EngineError } from "../../contract/errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENOENT: "it does not exist",
  ENOTDIR: "it is not a folder",
};

/** The code of an error of the operating system, such as `ENOENT`; `undefined` for any other error. */
export function systemErrorCode(cause: unknown): string | undefined {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/**
 * Why the operating system refused something, as text to follow a colon. Rare codes are shown unchanged.
 * @param own text for some codes about which the operation knows more
 */
export function systemErrorReason(
  cause: unknown,
  own: Readonly<Record<string, string>> = {},
): string {
  const code = systemErrorCode(cause);
  if (code !== undefined) return own[code] ?? REASONS[code] ?? code;
  return cause instanceof Error ? cause.message : String(cause);
}

/** The error for a root folder that cannot be listed. */
export function folderUnavailable(folder: string, cause: unknown): EngineError {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "does not exist. Connect its drive, or choose another folder",
    ENOTDIR: "is not a folder. Choose a folder",
  };
  const reason =
    reasons[systemErrorCode(cause) ?? ""] ??
    `cannot be read: ${systemErrorReason(cause)}. Choose another folder`;
  return new EngineError("FOLDER_UNAVAILABLE", `The folder ${folder} ${reason}.`, { cause });
}
