/** The rows of CSV text, see {@link csvRecords}. @throws RangeError for a quote that is never closed */
export function readCsv(text: string): string[][] {
  return Array.from(csvRecords(text), ({ fields }) => fields);
}

/** A row of CSV text and its position. */
export interface CsvRecord {
  readonly fields: string[];
  /** Offsets in the text, including the line end. */
  readonly start: number;
  readonly end: number;
}

/**
 * The rows of CSV text (RFC 4180) with LF or CRLF line ends. A quote inside a field that does not start with one is literal, as in
 * spreadsheets.
 * @throws RangeError for a quote that is never closed
 */
export function* csvRecords(text: string): Generator<CsvRecord> {
  let fields: string[] = [];
  let start = 0;
  let at = 0;
  while (at < text.length) {
    const { field, end } = text[at] === '"' ? quotedField(text, at + 1) : plainField(text, at);
    fields.push(field);
    at = end;
    if (text[at] === "," && at + 1 < text.length) {
      at++;
      continue;
    }
    if (text[at] === ",") fields.push("");
    if (text[at] === "\r") at++;
    at++;
    yield { fields, start, end: Math.min(at, text.length) };
    fields = [];
    start = at;
  }
}

/** @param start after the opening quote */
function quotedField(text: string, start: number): { field: string; end: number } {
  let field = "";
  let from = start;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) throw new RangeError("A quote is never closed.");
    field += text.slice(from, quote);
    if (text[quote + 1] !== '"') {
      const rest = plainField(text, quote + 1);
      return { field: field + rest.field, end: rest.end };
    }
    field += '"';
    from = quote + 2;
  }
}

function plainField(text: string, start: number): { field: string; end: number } {
  let end = start;
  while (end < text.length && text[end] !== "," && text[end] !== "\n") end++;
  if (text[end] === "\n" && end > start && text[end - 1] === "\r") end--;
  return { field: text.slice(start, end), end };
}
