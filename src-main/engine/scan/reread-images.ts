import type { NodeFile } from "../data/nodes.ts";
import { inTransaction } from "../data/project-file.ts";
import { foundFileReader } from "./found-files.ts";
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
  const read = foundFileReader(project);
  const batchSize = threads * IMAGES_PER_THREAD;
  for (let first = 0; first < files.length; first += batchSize) {
    await gate.checkpoint();
    signal.throwIfAborted();
    const writes = await Promise.all(
      files.slice(first, first + batchSize).map(async ({ id, content }) => {
        const bytes = await read(id);
        if (!bytes) return null;
        try {
          return await work(bytes, content);
        } catch {
          return null; // changed since it was embedded
        }
      }),
    );
    inTransaction(project, () => {
      for (const write of writes) write?.();
    });
  }
}
