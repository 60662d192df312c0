import type { COPY_BY, CopyCounts, CopyEvent } from "../../../src-main/contract/clean-copy.ts";
import type { FilePlace } from "../../../src-main/contract/plan.ts";

/** Where a clean copy goes, and what has become of it. */
export class CleanCopy {
  /** Folder that a new one is made in; `null` until it is chosen. */
  parent = $state.raw<string | null>(null);
  /** Of the new folder. */
  name = $state("");
  by = $state<(typeof COPY_BY)[number]>("link");

  /** The new folder; `null` as long as its place or its name lacks. */
  readonly folder: string | null = $derived.by(() => {
    const name = this.name.trim();
    if (this.parent === null || name === "" || /[\\/]|^\.+$/.test(name)) return null;
    const separator = this.parent.includes("\\") ? "\\" : "/";
    return this.parent.endsWith(separator)
      ? this.parent + name
      : `${this.parent}${separator}${name}`;
  });

  /** Files looked at and in all; `null` before the first. */
  progress = $state.raw<{ readonly done: number; readonly total: number } | null>(null);
  /** Files that the copy lacks, or has otherwise than asked for. */
  problems = $state.raw<readonly (FilePlace & { readonly reason: string })[]>([]);
  /** What it came to; `null` for one that did not come to its end. */
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
