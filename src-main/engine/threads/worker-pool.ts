import { setImmediate } from "node:timers/promises";
import { parentPort, type Worker } from "node:worker_threads";
import { startWorker } from "./start-worker.ts";

export interface WorkerPoolOptions<Job, Result> {
  /** Module in the same folder as the worker's module. */
  readonly caller: ImportMeta;
  /** Name of the worker's module without its extension. The module must call {@link handleJobs}. */
  readonly name: string;
  /** Passed to every worker at startup. Shared memory is not copied. */
  readonly workerData: unknown;
  /** Number of workers; 0 runs every job on the calling thread. */
  readonly threads: number;
  /** Runs a job on the calling thread when there are no workers. */
  readonly inline: (job: Job) => Result | Promise<Result>;
}

/** Runs jobs on worker threads, or on the calling thread when it has none. */
export class WorkerPool<Job, Result> implements AsyncDisposable {
  readonly #inline: WorkerPoolOptions<Job, Result>["inline"];
  readonly #workers: readonly PoolWorker<Job, Result>[];

  constructor({ caller, name, workerData, threads, inline }: WorkerPoolOptions<Job, Result>) {
    this.#inline = inline;
    this.#workers = Array.from(
      { length: threads },
      () => new PoolWorker<Job, Result>(startWorker(caller, name, { workerData })),
    );
  }

  /**
   * Runs one job on the worker with the fewest pending jobs.
   * @throws Error when the worker exits before it returns a result, or has already exited
   */
  async run(job: Job): Promise<Result> {
    const [first, ...others] = this.#workers;
    if (!first) return this.#runInline(job);
    return others
      .reduce((least, worker) => (worker.pending < least.pending ? worker : least), first)
      .run(job);
  }

  /**
   * Runs all jobs, one at a time per worker.
   * @param jobs read whenever a worker is idle
   * @param onResult called once per job, in any order
   * @param checkpoint awaited before each job
   * @throws whatever `checkpoint` throws, or an Error when a worker exits early
   */
  async runAll<Some extends Job>(
    jobs: Iterator<Some>,
    onResult: (job: Some, result: Result) => void,
    checkpoint: () => Promise<void>,
  ): Promise<void> {
    const drain = async (run: (job: Job) => Promise<Result>) => {
      for (;;) {
        await checkpoint();
        const { value, done } = jobs.next();
        if (done) return;
        onResult(value, await run(value));
      }
    };
    const runs = this.#workers.map((worker) => (job: Job) => worker.run(job));
    const inline = (job: Job) => this.#runInline(job);
    await Promise.all((runs.length > 0 ? runs : [inline]).map(drain));
  }

  /** Lets other tasks on this thread run first. */
  async #runInline(job: Job): Promise<Result> {
    await setImmediate();
    return this.#inline(job);
  }

  /** Lets the workers finish their pending jobs, then stops them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }
}

/** Worker side of a {@link WorkerPool}: runs its jobs in order. @param release awaited before the worker exits */
export function handleJobs<Job, Result>(
  handle: (job: Job) => Result | Promise<Result>,
  release?: () => Promise<void>,
): void {
  let last = Promise.resolve();
  parentPort?.on("message", (message: Message<Job>) => {
    last = last.then(async () => {
      if (message !== STOP) {
        parentPort?.postMessage(await handle(message.job));
        return;
      }
      await release?.();
      parentPort?.close();
    });
  });
}

const STOP = null;
type Message<Job> = { readonly job: Job } | typeof STOP;

/** The pool's side of one worker, which returns results in the order of its jobs. */
class PoolWorker<Job, Result> {
  readonly #worker: Worker;
  readonly #pending: PromiseWithResolvers<Result>[] = [];
  readonly #exited: Promise<unknown>;
  /** Why the worker no longer runs jobs. */
  #failure: unknown;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.#exited = new Promise((resolve) => worker.once("exit", resolve));
    worker.on("message", (result: Result) => this.#pending.shift()?.resolve(result));
    worker.once("error", (cause) => this.#fail(cause));
    worker.once("exit", () => this.#fail(new Error("The worker thread has exited.")));
  }

  #fail(cause: unknown): void {
    this.#failure ??= cause;
    for (const { reject } of this.#pending.splice(0)) reject(cause);
  }

  get pending(): number {
    return this.#pending.length;
  }

  async run(job: Job): Promise<Result> {
    if (this.#failure !== undefined) throw this.#failure;
    const result = Promise.withResolvers<Result>();
    this.#pending.push(result);
    this.#worker.postMessage({ job } satisfies Message<Job>);
    return result.promise;
  }

  async stop(): Promise<void> {
    this.#worker.postMessage(STOP);
    await this.#exited;
  }
}
