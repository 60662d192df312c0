import type { Imbalance } from "../contract/report.ts";

const NO_BREAK_SPACE = "\u00a0";
const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const SCORE_DECIMALS = 3;

/** A count: `12,345`. */
export function countText(count: number): string {
  return GROUPED.format(count);
}

/** A count and its noun: `1 image`, `12,345 images`. */
export function countOf(count: number, one: string, many: string = `${one}s`): string {
  return `${countText(count)} ${plural(count, one, many)}`;
}

/** The word that agrees with a count: `plural(2, "has", "have")`. */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return count === 1 ? one : many;
}

/**
 * A share as a percentage: `3.2 %`, `0.012 %`. Only an exact 0 or 1 is shown as `0 %` or `100 %`.
 * @param part in [0, whole]
 */
export function percentText(part: number, whole: number): string {
  return `${percentDigits(whole === 0 ? 0 : (100 * part) / whole)}${NO_BREAK_SPACE}%`;
}

function percentDigits(percent: number): string {
  if (percent === 0 || percent === 100) return percent.toFixed(0);
  if (percent < 1) return Number(percent.toPrecision(2)).toString();
  return Math.min(percent, 99.9).toFixed(1);
}

/** A similarity or confidence: `0.987`. Only an exact 1 is shown as `1.000`. */
export function scoreText(score: number): string {
  const text = score.toFixed(SCORE_DECIMALS);
  return score < 1 && Number(text) === 1 ? "0.999" : text;
}

/** A threshold's value with two to four decimals: `0.90`, `0.1234`. */
export function limitText(limit: number): string {
  return limit.toFixed(4).replace(/0{1,2}$/, "");
}

/** The ratio of the largest class to the smallest, and the normalized entropy: `1.50 : 1 · 0.971`. */
export function imbalanceText({ ratio, entropy }: Imbalance): string {
  if (entropy === null) return "–";
  const most = ratio === null ? "∞" : ratio.toFixed(2);
  return `${most}${NO_BREAK_SPACE}:${NO_BREAK_SPACE}1 · ${scoreText(entropy)}`;
}

/** A file size in powers of 1,000: `81 kB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes}${NO_BREAK_SPACE}B`;
  const units = ["kB", "MB", "GB"];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value.toFixed(value < 10 ? 1 : 0)}${NO_BREAK_SPACE}${units[power - 1]}`;
}

/** Decimals of figures in every file; float32 embeddings are no more precise. */
const FIGURE_DECIMALS = 6;

/**
 * Rounds a figure for reports and exports, so that the same scan gives the same bytes on every machine. Idempotent; `-0` becomes `0`.
 * @throws RangeError if `x` is not finite, because JSON cannot hold it
 */
export function roundFigure(x: number, decimals: number = FIGURE_DECIMALS): number {
  if (!Number.isFinite(x)) throw new RangeError(`Expected a finite figure but received ${x}.`);
  const scaled = x * 10 ** decimals;
  // Beyond safe integers the product loses digits, and a number that large has no decimals to round.
  if (Math.abs(scaled) > Number.MAX_SAFE_INTEGER) return x;
  return Math.round(scaled) / 10 ** decimals || 0;
}
