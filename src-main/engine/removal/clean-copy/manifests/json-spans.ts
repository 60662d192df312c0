/** Where a value stands in JSON text, without the blanks around it. */
export interface Span {
  readonly start: number;
  /** Behind its last sign. */
  readonly end: number;
}

/**
 * The members of an object, without its values being read: numbers keep all their digits, keys their order.
 * @param text valid JSON @param start the object's opening brace
 */
export function* membersOf(text: string, start: number): Generator<Span & { key: string }> {
  let at = pastBlanks(text, start + 1);
  while (text[at] !== "}") {
    const keyEnd = stringEnd(text, at);
    const key: string = JSON.parse(text.slice(at, keyEnd));
    const value = pastBlanks(text, pastBlanks(text, keyEnd) + 1);
    const end = valueEnd(text, value);
    yield { key, start: value, end };
    at = pastBlanks(text, end);
    if (text[at] === ",") at = pastBlanks(text, at + 1);
  }
}

/** The elements of an array. @param text valid JSON @param start the array's opening bracket */
export function* elementsOf(text: string, start: number): Generator<Span> {
  let at = pastBlanks(text, start + 1);
  while (text[at] !== "]") {
    const end = valueEnd(text, at);
    yield { start: at, end };
    at = pastBlanks(text, end);
    if (text[at] === ",") at = pastBlanks(text, at + 1);
  }
}

function pastBlanks(text: string, from: number): number {
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
    const sign = text[at];
    if (sign === '"') {
      at = stringEnd(text, at);
      continue;
    }
    if (sign === "{" || sign === "[") depth++;
    else if (sign === "}" || sign === "]") {
      if (depth === 0) return at; // of what holds a number or a word
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (sign === "," || isBlank(text.charCodeAt(at)))) return at;
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
