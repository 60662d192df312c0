export {
  bytesText,
  countOf,
  countText,
  imbalanceText,
  limitText,
  percentText,
  plural,
  scoreText,
} from "../../src-main/text/figures.ts";

const NO_BREAK_SPACE = "\u00a0";
const MINUTE_S = 60;
const HOUR_S = 3600;

/** A duration: `0.4 s`, `12 s`, `3 min 20 s`, `1 h 5 min`. */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${Math.max(0, seconds).toFixed(1)}${NO_BREAK_SPACE}s`;
  const whole = Math.round(seconds);
  if (whole < MINUTE_S) return `${whole}${NO_BREAK_SPACE}s`;
  if (whole < HOUR_S) return twoUnits(whole, MINUTE_S, "min", 1, "s");
  return twoUnits(whole, HOUR_S, "h", MINUTE_S, "min");
}

/** Remaining time, rounded so that it does not flicker: `a few seconds`, `about 4 min`. */
export function timeLeftText(seconds: number): string {
  if (seconds < 5) return "a few seconds left";
  if (seconds < MINUTE_S) return `about ${Math.ceil(seconds / 5) * 5}${NO_BREAK_SPACE}s left`;
  if (seconds < HOUR_S) return `about ${Math.round(seconds / MINUTE_S)}${NO_BREAK_SPACE}min left`;
  return `about ${twoUnits(Math.round(seconds), HOUR_S, "h", MINUTE_S, "min")} left`;
}

function twoUnits(seconds: number, large: number, a: string, small: number, b: string): string {
  const first = Math.floor(seconds / large);
  const second = Math.floor((seconds % large) / small);
  const text = `${first}${NO_BREAK_SPACE}${a}`;
  return second === 0 ? text : `${text} ${second}${NO_BREAK_SPACE}${b}`;
}

const RELATIVE = new Intl.RelativeTimeFormat("en-US", { numeric: "auto" });
const DATE = new Intl.DateTimeFormat("en-US", { dateStyle: "medium" });
const DAY_MS = 86_400_000;

/** A past date: `today`, `3 days ago`, or the date after a week. @param time in milliseconds since 1970 */
export function agoText(time: number, now: number = Date.now()): string {
  const days = Math.floor(now / DAY_MS) - Math.floor(time / DAY_MS);
  return days < 7 ? RELATIVE.format(-Math.max(0, days), "day") : DATE.format(time);
}

/** The last part of a path, with slashes or backslashes. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== "") ?? path;
}
