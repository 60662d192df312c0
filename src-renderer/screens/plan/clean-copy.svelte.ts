import type { COPY_BY, CopyCounts, CopyEvent } from "../../../src-main/contract/clean-copy.ts";
import type { FilePlace } from "../../../src-main/contract/plan.ts";

/** Settings of a clean copy, and the progress and result of writing it. */
export class CleanCopy {
  /** Folder that will contain the copy; `null` until the person chooses one. */
  parent = $state.raw<string | null>(null);
  /** Name of the new folder. */
  name = $state("");
  by = $state<(typeof COPY_BY)[number]>("link");

  /** Path of the new folder; `null` while the parent is missing or the name is invalid. */
  readonly folder: string | null = $derived.by(() => {
    const name = this.name.trim();
    if (this.parent === null || name === "" || /[\\/]|^\.+$/.test(name)) return null;
    const separator = this.parent.includes("\\") ? "\\" : "/";
    return this.parent.endsWith(separator)
      ? this.parent + name
      : `${this.parent}${separator}${name}`;
  });

  /** Files processed so far and in total; `null` before the first. */
  progress = $state.raw<{ readonly done: number; readonly total: number } | null>(null);
  /** Files that are missing from the copy, or differ in it from what was requested. */
  problems = $state.raw<readonly (FilePlace & { readonly reason: string })[]>([]);
  /** Final counts; `null` until the copy is complete. */
  counts = $state.raw<CopyCounts | null>(null);

  /** @param project the project's name */
  constructor(project: string) {
    this.name = `${project.replaceAll(/[\\/:*?"<>|]/g, " ").trim()}-clean`;
  }

  begin(): void {
    this.progress = null;
    this.problems = [];
    this.counts = null;
  }

  take(event: Exclude<CopyEvent, { type: "result" }>): void {
    if (event.type === "progress") this.progress = event;
    else if (event.type === "problem") this.problems = [...this.problems, event];
  }
}
