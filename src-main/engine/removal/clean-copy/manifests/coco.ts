import type { Cleaned, LeavesOut } from "./cleaned.ts";
import { elementsOf, membersOf, type Span } from "./json-spans.ts";

/**
 * Takes the images that are left out, and their annotations, out of COCO's JSON. The text of all else stays as it is: ids may be numbers
 * that a double can't hold.
 * @returns `null` for text that is no such JSON
 */
export function cleanedCoco(text: string, leavesOut: LeavesOut): Cleaned | null {
  const start = text.search(/\S/);
  if (text[start] !== "{" || !isJson(text.slice(start))) return null;
  const lists = [...membersOf(text, start)].filter(({ start: at }) => text[at] === "[");
  const images = lists.find(({ key }) => key === "images");
  if (!images) return null;
  const rows = rowsOf(text, images, ["file_name", "id"]);
  if (!rows.some(({ file_name }) => file_name?.startsWith('"'))) return null;

  const isOut = rows.map(
    ({ file_name }) => !!file_name?.startsWith('"') && leavesOut(JSON.parse(file_name)) === true,
  );
  const idsWhere = (goes: boolean) =>
    new Set(rows.flatMap(({ id }, row) => (id !== undefined && isOut[row] === goes ? [id] : [])));
  const [out, staying] = [idsWhere(true), idsWhere(false)];
  const cut: { list: Span; text: string }[] = [cutRows(text, images, rows, isOut)];
  const annotations = lists.find(({ key }) => key === "annotations");
  let cutAnnotations = 0;
  if (annotations) {
    const own = rowsOf(text, annotations, ["image_id"]);
    const goes = own.map(
      ({ image_id }) => image_id !== undefined && out.has(image_id) && !staying.has(image_id),
    );
    cutAnnotations = countOf(goes);
    cut.push(cutRows(text, annotations, own, goes));
  }
  return { text: replaced(text, cut), rows: countOf(isOut), annotations: cutAnnotations };
}

type Row<Key extends string> = { readonly span: Span } & { readonly [K in Key]?: string };

/** The rows of a list, with some of their values as they are written. */
function rowsOf<Key extends string>(text: string, list: Span, keys: readonly Key[]): Row<Key>[] {
  return Array.from(elementsOf(text, list.start), (span) => {
    const row: Record<string, unknown> = { span };
    for (const { key, start, end } of text[span.start] === "{" ? membersOf(text, span.start) : []) {
      if ((keys as readonly string[]).includes(key)) row[key] = text.slice(start, end);
    }
    return row as unknown as Row<Key>;
  });
}

function cutRows(
  text: string,
  list: Span,
  rows: readonly { readonly span: Span }[],
  goes: readonly boolean[],
): { list: Span; text: string } {
  const last = rows.at(-1);
  if (!last || !goes.includes(false)) return { list, text: last ? "[]" : spanText(text, list) };
  let cut = "";
  for (const [at, { span }] of rows.entries()) {
    if (goes[at]) continue;
    // What stands between rows goes with the one behind it; before the first is what opens the list.
    const before = cut === "" ? undefined : rows[at - 1];
    const opening = rows[0]?.span.start;
    cut += before
      ? text.slice(before.span.end, span.end)
      : text.slice(list.start, opening) + spanText(text, span);
  }
  return { list, text: cut + text.slice(last.span.end, list.end) };
}

function replaced(text: string, cuts: { list: Span; text: string }[]): string {
  let out = "";
  let from = 0;
  for (const { list, text: cut } of cuts.sort((a, b) => a.list.start - b.list.start)) {
    out += text.slice(from, list.start) + cut;
    from = list.end;
  }
  return out + text.slice(from);
}

function spanText(text: string, { start, end }: Span): string {
  return text.slice(start, end);
}

function countOf(flags: readonly boolean[]): number {
  return flags.reduce((count, flag) => count + Number(flag), 0);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
