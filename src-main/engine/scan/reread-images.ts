import { readFile } from "node:fs/promises";
import { filePathReader } from "../data/files-table.ts";
import type { NodeFile } from "../data/nodes.ts";
import { inTransaction } from "../data/project-file.ts";
import { absolutePath, requireInside } from "../files/paths.ts";
import type { ScanRun } from "./scan-run.ts";

/** Images read and decoded at the same time, per thread. */
const IMAGES_PER_THREAD = 4;

/**
 * Reads embedded images again and passes their bytes to `work`, whose returned writes are stored in one transaction per batch.
 * Skips files that have become unreadable; the next scan reports them.
 */
export async function rereadImages(
  { project, threads, signal, gate }: ScanRun,
  files: readonly NodeFile[],
  work: (bytes: Buffer, content: number) => Promise<() => void>,
): Promise<void> {
  const pathOf = filePathReader(project);
  const batchSize = threads * IMAGES_PER_THREAD;
  for (let first = 0; first < files.length; first += batchSize) {
    await gate.checkpoint();
    signal.throwIfAborted();
    const writes = await Promise.all(
      files.slice(first, first + batchSize).map(async ({ id, content }) => {
        const file = pathOf(id);
        if (!file) return null;
        try {
          const path = absolutePath(file.root, file.path);
          await requireInside(path, [file.root], "file");
          return await work(await readFile(path), content);
        } catch {
          return null; // deleted, changed or replaced with a link since it was embedded
        }
      }),
    );
    inTransaction(project, () => {
      for (const write of writes) write?.();
    });
  }
}
