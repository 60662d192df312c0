import { parseBoundedJson } from "../../../../text/bounded-json.ts";
import type { Cleaned, LeavesOut } from "./cleaned.ts";
import { elementsOf, membersOf, type Span } from "./json-spans.ts";

/**
 * Removes images that are left out, and their annotations, from COCO JSON. All other text stays unchanged, because ids may be too large for
 * a double.
 * @returns `null` if the text is not COCO JSON
 * @throws RangeError for text that is too large to parse
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
  const idsWhere = (isRemoved: boolean) =>
    new Set(
      rows.flatMap(({ id }, row) => (id !== undefined && isOut[row] === isRemoved ? [id] : [])),
    );
  const [out, staying] = [idsWhere(true), idsWhere(false)];
  const cut: { list: Span; text: string }[] = [cutRows(text, images, rows, isOut)];
  const annotations = lists.find(({ key }) => key === "annotations");
  let cutAnnotations = 0;
  if (annotations) {
    const own = rowsOf(text, annotations, ["image_id"]);
    const isRemoved = own.map(
      ({ image_id }) => image_id !== undefined && out.has(image_id) && !staying.has(image_id),
    );
    cutAnnotations = countTrue(isRemoved);
    cut.push(cutRows(text, annotations, own, isRemoved));
  }
  return { text: replaced(text, cut), rows: countTrue(isOut), annotations: cutAnnotations };
}

type Row<Key extends string> = { readonly span: Span } & { readonly [K in Key]?: string };

/** The rows of a list, with the source text of some of their values. */
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
  isRemoved: readonly boolean[],
): { list: Span; text: string } {
  const last = rows.at(-1);
  if (!last || !isRemoved.includes(false))
    return { list, text: last ? "[]" : spanText(text, list) };
  let cut = "";
  for (const [index, { span }] of rows.entries()) {
    if (isRemoved[index]) continue;
    // The text between two rows belongs to the second one. The text before the first row opens the list.
    const before = cut === "" ? undefined : rows[index - 1];
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

function countTrue(flags: readonly boolean[]): number {
  return flags.reduce((count, flag) => count + Number(flag), 0);
}

/** COCO's own largest file has about 70 million. */
const MOST_VALUES = 200_000_000;

/** @throws RangeError for text with too many values, or nested too deeply, to be parsed */
function isJson(text: string): boolean {
  try {
    parseBoundedJson(text, MOST_VALUES);
    return true;
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    return false;
  }
}
