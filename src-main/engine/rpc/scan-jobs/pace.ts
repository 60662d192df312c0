/** How far back a rate looks. */
const WINDOW_MS = 5000;
/** A rate over less than this is no more than a guess. */
const LEAST_SPAN_MS = 500;

/** Items per second of late, from now and then a count of those done. */
export class Pace {
  /** The last sample before the window, and those in it. */
  #samples: { at: number; done: number }[] = [];

  /** @param at milliseconds; @param done items so far: fewer than before begins anew. */
  note(at: number, done: number): void {
    if (done < (this.#samples.at(-1)?.done ?? 0)) this.#samples = [];
    this.#samples.push({ at, done });
    while ((this.#samples[1]?.at ?? at) < at - WINDOW_MS) this.#samples.shift();
  }

  /** `null` until enough was seen. @param at milliseconds, now. */
  rate(at: number): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (!first || !last || last.at - first.at < LEAST_SPAN_MS) return null;
    const perSecond = (last.done - first.done) / ((at - first.at) / 1000);
    return perSecond > 0 ? perSecond : null;
  }
}
