import type { z } from "zod";

/** The first problem that Zod found, with the path of the field: `operations[3].sha256: Expected 64 hexadecimal digits`. */
export function validationMessage(error: z.ZodError): string {
  const [issue] = error.issues;
  if (!issue) return error.message;
  const path = issue.path
    .map((part, index) =>
      typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${String(part)}`,
    )
    .join("");
  return path === "" ? issue.message : `${path}: ${issue.message}`;
}
