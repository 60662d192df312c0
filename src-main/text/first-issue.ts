import type { z } from "zod";

/** The first thing that is wrong, with the field it is wrong with. */
export function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  if (!issue) return error.message;
  const path = issue.path
    .map((part, at) => (typeof part === "number" ? `[${part}]` : `${at ? "." : ""}${String(part)}`))
    .join("");
  return path === "" ? issue.message : `${path}: ${issue.message}`;
}
