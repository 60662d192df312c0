import { z } from "zod";
import { Report } from "../../../contract/report.ts";
import { roundFigure } from "../../../text/figures.ts";

/** Decimals of a member's figures, where not the usual six. `null`: not rounded, so that `--threshold` can repeat them. */
const DECIMALS: Partial<Record<keyof Report, number | null>> = {
  model: null,
  threshold: null,
  seconds: 3,
};

/** Gives a value that a schema describes its keys in the schema's order, sorted records and rounded figures. */
type Normalizer = (value: unknown) => unknown;

const MEMBERS = Object.entries(Report.shape).map(([key, schema]) => {
  const decimals = DECIMALS[key as keyof Report];
  const round = decimals === null ? (x: number) => x : (x: number) => roundFigure(x, decimals);
  const isList = schema instanceof z.ZodArray && schema.element instanceof z.ZodObject;
  return {
    key: key as keyof Report,
    isList,
    normalize: normalizer(isList ? schema.element : schema, round),
  };
});

/**
 * The report as JSON text, in chunks of one line.
 *
 * Each cluster, image, leak, split and unreadable file has its own line, and `seconds` is last, so that reports can be compared with
 * `diff`. Keys are in the order of the contract and labels in the order of their code units: equal reports are equal bytes.
 * @throws RangeError if a figure is not finite
 */
export function* jsonReport(report: Report): Generator<string> {
  yield "{\n";
  for (const [index, { key, isList, normalize }] of MEMBERS.entries()) {
    const comma = index === MEMBERS.length - 1 ? "" : ",";
    if (isList) yield* list(key, report[key] as readonly unknown[], normalize);
    else yield `  ${JSON.stringify(key)}: ${JSON.stringify(normalize(report[key]))}${comma}\n`;
  }
  yield "}\n";
}

function* list(key: string, items: readonly unknown[], normalize: Normalizer): Generator<string> {
  if (items.length === 0) {
    yield `  ${JSON.stringify(key)}: [],\n`;
    return;
  }
  yield `  ${JSON.stringify(key)}: [\n`;
  for (const [index, item] of items.entries()) {
    yield `    ${JSON.stringify(normalize(item))}${index === items.length - 1 ? "" : ","}\n`;
  }
  yield "  ],\n";
}

function normalizer(schema: unknown, round: (x: number) => number): Normalizer {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    const inner = normalizer(schema.unwrap(), round);
    return (value) => (value == null ? value : inner(value));
  }
  if (schema instanceof z.ZodArray) {
    const inner = normalizer(schema.element, round);
    return (value) => (value as unknown[]).map(inner);
  }
  if (schema instanceof z.ZodTuple) {
    const inner = schema.def.items.map((item) => normalizer(item, round));
    return (value) => inner.map((normalize, index) => normalize((value as unknown[])[index]));
  }
  if (schema instanceof z.ZodObject) {
    const members = Object.entries(schema.shape).map(
      ([key, member]) => [key, normalizer(member, round)] as const,
    );
    return (value) => {
      const record = value as Record<string, unknown>;
      return Object.fromEntries(members.map(([key, normalize]) => [key, normalize(record[key])]));
    };
  }
  if (schema instanceof z.ZodRecord) {
    const inner = normalizer(schema.valueType, round);
    // `fromEntries` also keeps a label named `__proto__`.
    return (value) =>
      Object.fromEntries(
        Object.entries(value as object)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, member]) => [key, inner(member)]),
      );
  }
  return schema instanceof z.ZodNumber ? (value) => round(value as number) : (value) => value;
}
