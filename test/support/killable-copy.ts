import {
  type CopyCounts,
  type CopyEvent,
  CopyRequest,
} from "../../src-main/contract/clean-copy.ts";
import { ProjectCache } from "../../src-main/engine/analysis/project/project-cache.ts";
import { DISK, type Disk } from "../../src-main/engine/removal/apply/disk.ts";
import { copyDataSet } from "../../src-main/engine/removal/clean-copy/copy-data-set.ts";

/** A disk that calls `point` before and after each operation. */
export function pointedDisk(point: () => void): Disk {
  return Object.fromEntries(
    Object.entries(DISK).map(([name, act]) => [
      name,
      async (...words: unknown[]) => {
        point();
        await (act as (...words: unknown[]) => Promise<void>)(...words);
        point();
      },
    ]),
  ) as unknown as Disk;
}

/** Makes a clean copy with a given disk. */
export function copyOnto(
  disk: Disk,
  request: CopyRequest,
  emit: (event: CopyEvent) => void = () => {},
  signal = new AbortController().signal,
): Promise<CopyCounts> {
  const projects = new ProjectCache();
  const open = () => projects.open(request.project);
  return copyDataSet(CopyRequest.parse(request), { open, disk, signal, emit });
}
