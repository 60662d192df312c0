/** Deepest nesting of lists and objects that any file of Twinlens needs, with room to spare. */
const MOST_DEPTH = 100;
/** A parsed value takes about a hundred bytes, whatever its text takes. */
const MOST_VALUES = 20_000_000;

/**
 * Parses JSON from outside. Text that would become too much memory or too deep a structure is refused before it is parsed.
 * @throws RangeError for such text, SyntaxError for text that is not JSON; the message continues a sentence
 */
export function parseBoundedJson(text: string, mostValues = MOST_VALUES): unknown {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      at = stringEnd(text, at);
    } else if (code === 0x5b || code === 0x7b) {
      values++;
      if (++depth > MOST_DEPTH) {
        throw new RangeError(`it is nested deeper than ${MOST_DEPTH} levels`);
      }
    } else if (code === 0x5d || code === 0x7d) depth--;
    else if (code === 0x2c) values++;
    if (values > mostValues) {
      throw new RangeError(`it has more than ${mostValues.toLocaleString("en")} values`);
    }
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError("it is not JSON", { cause });
  }
}

/** @param start the opening quote @returns the closing one, or the end of the text */
function stringEnd(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}
