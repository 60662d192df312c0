import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Process ids of the engines started from a program's folder, as Linux lists them. */
export function engineProcesses(program: string): number[] {
  const entry = join(program, "dist", "engine-process.js");
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(entry))
    .map(Number);
}

function commandLine(id: string): string[] {
  try {
    return readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0");
  } catch {
    // It has ended in the meantime.
    return [];
  }
}
