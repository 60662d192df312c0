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
  readonly #threads: readonly Thread<Job, Answer>[];

  constructor({ caller, name, workerData, threads, here }: JobThreadsOptions<Job, Answer>) {
    this.#here = here;
    this.#threads = Array.from(
      { length: threads },
      () => new Thread<Job, Answer>(startWorker(caller, name, { workerData })),
    );
  }

  /**
   * Does one job, on the thread with the fewest.
   * @throws an Error when the thread ends by itself, or has ended
   */
  async ask(job: Job): Promise<Answer> {
    const [first, ...others] = this.#threads;
    if (!first) return this.#doHere(job);
    return others
      .reduce((least, thread) => (thread.jobs < least.jobs ? thread : least), first)
      .ask(job);
  }

  /**
   * Does all jobs, some at once.
   * @param jobs read as threads come free
   * @param visit gets the answers, in any order
   * @param checkpoint awaited before each job
   * @throws what `checkpoint` throws, or an Error when a thread ends by itself
   */
  async run<Some extends Job>(
    jobs: Iterator<Some>,
    visit: (job: Some, answer: Answer) => void,
    checkpoint: () => Promise<void>,
  ): Promise<void> {
    const work = async (ask: (job: Job) => Promise<Answer>) => {
      for (;;) {
        await checkpoint();
        const { value, done } = jobs.next();
        if (done) return;
        visit(value, await ask(value));
      }
    };
    const here = (job: Job) => this.#doHere(job);
    const asks = this.#threads.map((thread) => (job: Job) => thread.ask(job));
    await Promise.all((asks.length > 0 ? asks : [here]).map(work));
  }

  /** Other tasks of the caller's thread get their turn first. */
  async #doHere(job: Job): Promise<Answer> {
    await setImmediate();
    return this.#here(job);
  }

  /** Ends the threads when they have done what they are at. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()));
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

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (cause: unknown) => void;
}

/** The caller's side of a thread, which answers in the order in which it is asked. */
class Thread<Job, Answer> {
  readonly #worker: Worker;
  readonly #waiting: Waiting<Answer>[] = [];
  readonly #ended: Promise<unknown>;
  /** Why it answers no more. */
  #failure: unknown;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.#ended = new Promise((resolve) => worker.once("exit", resolve));
    worker.on("message", (answer: Answer) => this.#waiting.shift()?.resolve(answer));
    worker.once("error", (cause) => this.#fail(cause));
    worker.once("exit", () => this.#fail(new Error("The thread has ended.")));
  }

  #fail(cause: unknown): void {
    this.#failure ??= cause;
    for (const { reject } of this.#waiting.splice(0)) reject(cause);
  }

  /** Jobs that it has not yet answered. */
  get jobs(): number {
    return this.#waiting.length;
  }

  async ask(job: Job): Promise<Answer> {
    if (this.#failure !== undefined) throw this.#failure;
    const answer = new Promise<Answer>((resolve, reject) =>
      this.#waiting.push({ resolve, reject }),
    );
    this.#worker.postMessage({ job } satisfies AskMessage<Job>);
    return answer;
  }

  async end(): Promise<void> {
    this.#worker.postMessage(NO_MORE);
    await this.#ended;
  }
}
