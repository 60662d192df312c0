/** Fields of RFC 4180 text, read independently of the writer: a state per character. */
export function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  const row: string[] = [];
  let field = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') field += text[++i];
      else quoted = false;
    } else if (c === '"' && field === "") quoted = true;
    else if (c === "," || c === "\n") {
      row.push(field);
      field = "";
      if (c === "\n") rows.push(row.splice(0));
    } else field += c;
  }
  return rows;
}
