import { fromSqliteError } from "../data/project-file.ts";

/** Answers a request about a project; SQLite's own failures come out in words. */
export async function answer<T>(project: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw fromSqliteError(cause, project);
  }
}
