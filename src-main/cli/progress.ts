import type { Writable } from "node:stream";
import type { ScanEvent } from "../contract/contract.ts";
import { countText } from "../text/figures.ts";
import { STAGE_TEXT } from "../text/scan-stages.ts";
import { durationText } from "./terminal-text.ts";

type ProgressEvent = Extract<ScanEvent, { type: "progress" }>;

const BAR_CELLS = 24;
const REDRAW_MS = 100;
/** Time between two lines if the output is not a terminal. */
const LINE_MS = 5000;
const CLEAR_LINE = "\r\x1b[2K";

/** Shows the progress of a scan: on a terminal as a line that is redrawn, otherwise as a new line every few seconds. */
export class ProgressDisplay {
  readonly #out: Writable & { isTTY?: boolean; columns?: number };
  #stage: ProgressEvent["stage"] | undefined;
  #stageStarted = 0;
  #shownAt = Number.NEGATIVE_INFINITY;
  #drawn = false;
  #lastLine = "";
  /** The latest line, if it came too soon to be shown. */
  #heldLine: string | undefined;

  constructor(out: Writable) {
    this.#out = out;
  }

  show(event: ProgressEvent): void {
    const now = performance.now();
    if (event.stage !== this.#stage) {
      // In a log, the last line of a stage without a known total must show its final count.
      if (this.#heldLine !== undefined && !this.#out.isTTY) this.#print(this.#heldLine);
      this.#stage = event.stage;
      this.#stageStarted = now;
      this.#shownAt = Number.NEGATIVE_INFINITY;
    }
    const line = progressLine(event, (now - this.#stageStarted) / 1000, Boolean(this.#out.isTTY));
    const finished = event.total !== null && event.done >= event.total;
    const interval = this.#out.isTTY ? REDRAW_MS : LINE_MS;
    if (!finished && now - this.#shownAt < interval) {
      this.#heldLine = line;
      return;
    }
    this.#shownAt = now;
    this.#print(line);
  }

  #print(line: string): void {
    this.#heldLine = undefined;
    if (this.#out.isTTY) {
      this.#out.write(CLEAR_LINE + line.slice(0, (this.#out.columns ?? 80) - 1));
      this.#drawn = true;
    } else if (line !== this.#lastLine) this.#out.write(`${line}\n`);
    this.#lastLine = line;
  }

  /** Writes a line above the progress. */
  note(line: string): void {
    this.clear();
    this.#out.write(`${line}\n`);
  }

  /** Removes the progress from the terminal. */
  clear(): void {
    if (this.#drawn) this.#out.write(CLEAR_LINE);
    this.#drawn = false;
  }
}

/** @param seconds since the stage started. */
export function progressLine(event: ProgressEvent, seconds: number, withBar: boolean): string {
  const { stage, done, total, unreadable } = event;
  const parts = [STAGE_TEXT[stage].progress.padEnd(17)];
  if (total === null) parts.push(countText(done));
  else {
    const share = total === 0 ? 1 : done / total;
    if (withBar) {
      const filled = Math.round(share * BAR_CELLS);
      parts.push("█".repeat(filled) + "░".repeat(BAR_CELLS - filled));
    }
    parts.push(`${countText(done)} / ${countText(total)}`);
    if (done > 0 && seconds > 0.5) {
      const rate = done / seconds;
      parts.push(`${countText(Math.round(rate))}/s`);
      if (done < total) parts.push(`${durationText((total - done) / rate)} left`);
    }
  }
  if (unreadable > 0) parts.push(`${countText(unreadable)} unreadable`);
  return parts.join("  ");
}
