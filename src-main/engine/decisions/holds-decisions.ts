import { formatVersion, type Project } from "../store/project.ts";

/** Projects of format 1 hold no decisions; they get their tables with the first one. */
const FIRST_FORMAT_WITH_DECISIONS = 2;

export function holdsDecisions(project: Project): boolean {
  return formatVersion(project.database) >= FIRST_FORMAT_WITH_DECISIONS;
}
