import type { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import type { ScanEvent } from "../contract/contract.ts";
import { STAGE_TEXT } from "../text/scan-stages.ts";

type ProgressEvent = Extract<ScanEvent, { type: "progress" }>;

const BAR_CELLS = 24;
const REDRAW_MS = 100;
/** Between two lines where there is no terminal to redraw on. */
const LINE_MS = 5000;
const CLEAR_LINE = "\r\x1b[2K";

/** Shows how far a scan is: a line that is redrawn on a terminal, now and then a plain line elsewhere. */
export class ProgressDisplay {
  readonly #out: Writable & { isTTY?: boolean; columns?: number };
  #stage: ProgressEvent["stage"] | undefined;
  #stageStarted = 0;
  #shownAt = Number.NEGATIVE_INFINITY;
  #drawn = false;
  #lastLine = "";
  /** The latest line where it came too soon to be shown. */
  #heldLine: string | undefined;

  constructor(out: Writable) {
    this.#out = out;
  }

  show(event: ProgressEvent): void {
    const now = performance.now();
    if (event.stage !== this.#stage) {
      // Lines that stay must not end on half of what a stage of unknown length came to.
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

  /** Writes a line of its own above the progress. */
  note(line: string): void {
    this.clear();
    this.#out.write(`${line}\n`);
  }

  /** Takes the progress off the terminal. */
  clear(): void {
    if (this.#drawn) this.#out.write(CLEAR_LINE);
    this.#drawn = false;
  }
}

/** @param seconds since the stage began. */
export function progressLine(event: ProgressEvent, seconds: number, withBar: boolean): string {
  const { stage, done, total, unreadable } = event;
  const parts = [STAGE_TEXT[stage].progress.padEnd(17)];
  if (total === null) parts.push(count(done));
  else {
    const share = total === 0 ? 1 : done / total;
    if (withBar) {
      const filled = Math.round(share * BAR_CELLS);
      parts.push("█".repeat(filled) + "░".repeat(BAR_CELLS - filled));
    }
    parts.push(`${count(done)} / ${count(total)}`);
    if (done > 0 && seconds > 0.5) {
      const rate = done / seconds;
      parts.push(`${count(Math.round(rate))}/s`);
      if (done < total) parts.push(`${duration((total - done) / rate)} left`);
    }
  }
  if (unreadable > 0) parts.push(`${count(unreadable)} unreadable`);
  return parts.join("  ");
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** Seconds as people read them: 0:07, 12:30, 1:02:03. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const tail = `${String(rest).padStart(2, "0")}`;
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** A name as one line of terminal text: control characters and escapes in a file's name must not run there. */
export function printable(name: string): string {
  const shown = stripVTControlCharacters(name.toWellFormed());
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach the terminal
  return shown.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    if (character < " ") return JSON.stringify(character).slice(1, -1);
    return `\\u00${character.charCodeAt(0).toString(16)}`;
  });
}
