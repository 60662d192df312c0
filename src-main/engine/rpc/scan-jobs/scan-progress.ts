import type { ScanEvent } from "../../../contract/contract.ts";
import type { Unreadable } from "../../../contract/report.ts";
import type { ScanState } from "../../../contract/scans.ts";
import { STAGES } from "../../../contract/scans.ts";

/** Unreadable files that are shown while a scan runs. The report lists all of them. */
const LATEST_UNREADABLE = 100;

type Progress = Extract<ScanEvent, { type: "progress" }>;
type StageName = Progress["stage"];

interface StageRecord {
  readonly pace: Pace;
  done: number;
  total: number | null;
  /** Milliseconds spent in the stage before it was last entered. */
  earlierMs: number;
  enteredAt: number;
  /** When it was left, on the same clock; `null` while it runs. */
  leftAt: number | null;
}

export type ProgressState = Pick<
  ScanState,
  "stages" | "unreadable" | "unreadableLatest" | "device" | "fallbacks" | "warnings"
>;

/** The state of a scan's stages, computed from its events. */
export class ScanProgress {
  readonly #now: () => number;
  readonly #stages = new Map<StageName, StageRecord>();
  readonly #warnings: string[] = [];
  #latest: Unreadable[] = [];
  #unreadable = 0;
  #current: StageName | null = null;
  #ended = false;
  #device: Pick<ScanState, "device" | "fallbacks"> = { device: null, fallbacks: [] };

  /** @param now milliseconds of a clock that stops while the scan is paused */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Images embedded or skipped so far. */
  get embedded(): number {
    return this.#stages.get("embed")?.done ?? 0;
  }

  take(event: ScanEvent): void {
    if (event.type === "progress") this.#advance(event);
    else if (event.type === "device") {
      this.#device = { device: event.device, fallbacks: event.fallbacks };
    } else this.#warnings.push(event.message);
  }

  takeUnreadable(file: Unreadable): void {
    this.#unreadable++;
    this.#latest.push(file);
    if (this.#latest.length > 2 * LATEST_UNREADABLE)
      this.#latest = this.#latest.slice(-LATEST_UNREADABLE);
  }

  /** No event follows. @param done whether the scan finished successfully */
  end(done: boolean): void {
    this.#leave();
    this.#ended = done;
  }

  state(): ProgressState {
    return {
      ...this.#device,
      stages: STAGES.flatMap((stage) => {
        const record = this.#stages.get(stage);
        return record ? [{ stage, ...this.#stageState(stage, record) }] : [];
      }),
      unreadable: this.#unreadable,
      unreadableLatest: this.#latest.slice(-LATEST_UNREADABLE),
      warnings: [...this.#warnings],
    };
  }

  #advance({ stage, done, total }: Progress): void {
    const now = this.#now();
    if (this.#current !== stage) this.#leave();
    let record = this.#stages.get(stage);
    if (!record) {
      record = { pace: new Pace(), done, total, earlierMs: 0, enteredAt: now, leftAt: null };
      this.#stages.set(stage, record);
    } else if (record.leftAt !== null) {
      // A scan with several model outputs enters the neighbors stage several times.
      record.earlierMs += record.leftAt - record.enteredAt;
      record.enteredAt = now;
      record.leftAt = null;
    }
    record.done = done;
    record.total = total;
    record.pace.note(now, done);
    this.#current = stage;
  }

  #leave(): void {
    const record = this.#current === null ? undefined : this.#stages.get(this.#current);
    if (record) record.leftAt = this.#now();
    this.#current = null;
  }

  #stageState(stage: StageName, record: StageRecord) {
    const { pace, done, total, earlierMs, enteredAt, leftAt } = record;
    const now = leftAt ?? this.#now();
    const passed = this.#current !== null && STAGES.indexOf(stage) < STAGES.indexOf(this.#current);
    const finished = (this.#ended || passed) && (total === null || done >= total);
    const rate = pace.rate(now);
    const left = finished ? 0 : total === null || rate === null ? null : (total - done) / rate;
    return {
      done,
      total,
      seconds: (earlierMs + now - enteredAt) / 1000,
      rate,
      secondsLeft: left,
      finished,
    };
  }
}

/** A rate covers this much time. */
const WINDOW_MS = 5000;
/** A rate over less time is unreliable. */
const LEAST_SPAN_MS = 500;

/** Recent items per second, from samples of the number of items done. */
class Pace {
  /** The last sample before the window, and the samples in it. */
  #samples: { at: number; done: number }[] = [];

  /** @param at milliseconds; @param done items so far; fewer than before restarts the measurement */
  note(at: number, done: number): void {
    if (done < (this.#samples.at(-1)?.done ?? 0)) this.#samples = [];
    this.#samples.push({ at, done });
    while ((this.#samples[1]?.at ?? at) < at - WINDOW_MS) this.#samples.shift();
  }

  /** `null` until there are enough samples. @param at the current time in milliseconds */
  rate(at: number): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (!first || !last || last.at - first.at < LEAST_SPAN_MS) return null;
    const perSecond = (last.done - first.done) / ((at - first.at) / 1000);
    return perSecond > 0 ? perSecond : null;
  }
}
