import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { parentPort, type Worker } from "node:worker_threads";
import { startWorker } from "./start-worker.ts";

export interface JobThreadsOptions<Job, Answer> {
  /** The module beside which that of the threads lies. */
  readonly caller: ImportMeta;
  /** Of the threads' module, which must call {@link answerJobs}, without its extension. */
  readonly name: string;
  /** Given to every thread when it starts; what lies in shared memory is not copied. */
  readonly workerData: unknown;
  /** 0 for none. */
  readonly threads: number;
  /** Does a job on the caller's thread, where there is too little to do for others. */
  readonly here: (job: Job) => Answer | Promise<Answer>;
}

/** Does jobs on threads of its own, or on the caller's. */
export class JobThreads<Job, Answer> implements AsyncDisposable {
  readonly #here: JobThreadsOptions<Job, Answer>["here"];
  readonly #threads: readonly Thread[];

  constructor({ caller, name, workerData, threads, here }: JobThreadsOptions<Job, Answer>) {
    this.#here = here;
    this.#threads = Array.from({ length: threads }, () => startThread(caller, name, workerData));
  }

  /**
   * Does all jobs, some at once.
   * @param jobs read as threads come free
   * @param visit gets the answers, in any order
   * @param pass awaited before each job
   * @throws what `pass` throws, or an Error when a thread ends by itself
   */
  async run<Some extends Job>(
    jobs: Iterator<Some>,
    visit: (job: Some, answer: Answer) => void,
    pass: () => Promise<void>,
  ): Promise<void> {
    const work = async (ask: (job: Job) => Promise<Answer>) => {
      for (;;) {
        await pass();
        const { value, done } = jobs.next();
        if (done) return;
        visit(value, await ask(value));
      }
    };
    const here = async (job: Job) => {
      await setImmediate();
      return this.#here(job);
    };
    const asks = this.#threads.map((thread) => (job: Job) => askThread<Job, Answer>(thread, job));
    await Promise.all((asks.length > 0 ? asks : [here]).map(work));
  }

  /** Ends the threads when they have done what they are at. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#threads.map(async ({ worker, ended }) => {
        worker.postMessage(NO_MORE);
        await ended;
      }),
    );
  }
}

/** On a thread's side: does the jobs that {@link JobThreads} asks for. @param release done before the thread ends */
export function answerJobs<Job, Answer>(
  answer: (job: Job) => Answer | Promise<Answer>,
  release?: () => Promise<void>,
): void {
  let last = Promise.resolve();
  parentPort?.on("message", (message: AskMessage<Job>) => {
    last = last.then(async () => {
      if (message !== NO_MORE) {
        parentPort?.postMessage(await answer(message.job));
        return;
      }
      await release?.();
      parentPort?.close();
    });
  });
}

const NO_MORE = null;
type AskMessage<Job> = { readonly job: Job } | typeof NO_MORE;

interface Thread {
  readonly worker: Worker;
  /** Rejects when it ends by itself. */
  readonly failed: Promise<never>;
  readonly ended: Promise<unknown>;
}

function startThread(caller: ImportMeta, name: string, workerData: unknown): Thread {
  const worker = startWorker(caller, name, { workerData });
  const failed = new Promise<never>((_, reject) => worker.once("error", reject));
  failed.catch(() => {}); // Told to whoever asks next.
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  return { worker, failed, ended };
}

async function askThread<Job, Answer>({ worker, failed }: Thread, job: Job): Promise<Answer> {
  worker.postMessage({ job } satisfies AskMessage<Job>);
  const [answer] = await Promise.race([once(worker, "message"), failed]);
  return answer as Answer;
}
