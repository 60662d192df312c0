/** Describes a failed file operation: `permission denied`, `the disk is full`, or the system's error code. */
export function systemErrorReason(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  if (code === "ENOSPC") return "the disk is full";
  return code ?? (cause instanceof Error ? cause.message : String(cause));
}
