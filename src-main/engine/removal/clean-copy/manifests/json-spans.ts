/** The position of a value in JSON text, without surrounding white space. */
export interface Span {
  readonly start: number;
  /** After its last character. */
  readonly end: number;
}

/**
 * The members of an object, without parsing the values: numbers keep their digits and keys their order.
 * @param text valid JSON
 * @param start the object's opening brace
 */
export function* membersOf(text: string, start: number): Generator<Span & { key: string }> {
  let at = skipBlanks(text, start + 1);
  while (text[at] !== "}") {
    const keyEnd = stringEnd(text, at);
    const key: string = JSON.parse(text.slice(at, keyEnd));
    const value = skipBlanks(text, skipBlanks(text, keyEnd) + 1);
    const end = valueEnd(text, value);
    yield { key, start: value, end };
    at = skipBlanks(text, end);
    if (text[at] === ",") at = skipBlanks(text, at + 1);
  }
}

/** The elements of an array. @param text valid JSON @param start the array's opening bracket */
export function* elementsOf(text: string, start: number): Generator<Span> {
  let at = skipBlanks(text, start + 1);
  while (text[at] !== "]") {
    const end = valueEnd(text, at);
    yield { start: at, end };
    at = skipBlanks(text, end);
    if (text[at] === ",") at = skipBlanks(text, at + 1);
  }
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charCodeAt(at))) at++;
  return at;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function valueEnd(text: string, start: number): number {
  if (text[start] === '"') return stringEnd(text, start);
  let at = start;
  for (let depth = 0; ; ) {
    const character = text[at];
    if (character === '"') {
      at = stringEnd(text, at);
      continue;
    }
    if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") {
      if (depth === 0) return at; // the end of the enclosing object or array
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (character === "," || isBlank(text.charCodeAt(at)))) return at;
    if (++at >= text.length) return at;
  }
}

/** @param start the opening quote */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
