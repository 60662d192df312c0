import type { Imbalance } from "../contract/report.ts";

const NO_BREAK_SPACE = "\u00a0";
const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const SCORE_DECIMALS = 3;

/** A count for people: `12,345`. */
export function countText(count: number): string {
  return GROUPED.format(count);
}

/** A count and its noun: `1 image`, `12,345 images`. */
export function countOf(count: number, one: string, many: string = `${one}s`): string {
  return `${countText(count)}${NO_BREAK_SPACE}${count === 1 ? one : many}`;
}

/**
 * A share in percent for people: `3.2 %`, `0.012 %`. Rounding never turns some into none or nearly all into all.
 * @param part number of images, in [0, whole]
 */
export function percentText(part: number, whole: number): string {
  return `${percentDigits(whole === 0 ? 0 : (100 * part) / whole)}${NO_BREAK_SPACE}%`;
}

function percentDigits(percent: number): string {
  if (percent === 0 || percent === 100) return percent.toFixed(0);
  if (percent < 1) return Number(percent.toPrecision(2)).toString();
  return Math.min(percent, 99.9).toFixed(1);
}

/** A similarity or confidence for people: `0.987`. Only what is 1 reads as 1. */
export function scoreText(score: number): string {
  const text = score.toFixed(SCORE_DECIMALS);
  return score < 1 && Number(text) === 1 ? "0.999" : text;
}

/** A threshold for people: two decimals at least, four where they say something: `0.90`, `0.1234`. */
export function limitText(limit: number): string {
  return limit.toFixed(4).replace(/0{1,2}$/, "");
}

/** How uneven classes are, for people: images of the largest by those of the smallest, and evenness; `1.50 : 1 · 0.971`. */
export function imbalanceText({ ratio, entropy }: Imbalance): string {
  if (entropy === null) return "–";
  const most = ratio === null ? "∞" : ratio.toFixed(2);
  return `${most}${NO_BREAK_SPACE}:${NO_BREAK_SPACE}1 · ${scoreText(entropy)}`;
}

/** A file size for people, in powers of 1,000 as file managers show it: `81 kB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes}${NO_BREAK_SPACE}B`;
  const units = ["kB", "MB", "GB"];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value.toFixed(value < 10 ? 1 : 0)}${NO_BREAK_SPACE}${units[power - 1]}`;
}
