import { extname } from "node:path";
import { Worker, type WorkerOptions } from "node:worker_threads";

/**
 * Starts a worker thread from a module next to the caller's: TypeScript in a checkout, JavaScript in a build.
 * @param name the module's file name without its extension
 */
export function startWorker(caller: ImportMeta, name: string, options?: WorkerOptions): Worker {
  return new Worker(new URL(`./${name}${extname(caller.filename)}`, caller.url), options);
}
