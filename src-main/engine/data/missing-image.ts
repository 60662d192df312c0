import { EngineError } from "../../contract/errors.ts";

/** The error for an image id that the last scan does not know, such as one from before a rescan. */
export function missingImage(project: { readonly file: string }, image: number): EngineError {
  return new EngineError(
    "USAGE",
    `The project ${project.file} has no image ${image}. Reopen the project.`,
  );
}
