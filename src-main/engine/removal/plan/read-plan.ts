import { z } from "zod";
import { EngineError } from "../../../contract/errors.ts";
import { EditedPlan, type PlanRow } from "../../../contract/plan.ts";
import { parseBoundedJson } from "../../../text/bounded-json.ts";
import { pathTextFromBytes } from "../../../text/paths.ts";
import { readBounded } from "../../../text/read-bounded.ts";
import { validationMessage } from "../../../text/validation-message.ts";
import { readCsv } from "./read-csv.ts";

/** A plan of a million images takes about 400 MB as JSON with everything in it, and half as CSV. */
const MOST_BYTES = 400 * 1024 ** 2;

/**
 * Reads a plan, which may have been edited: JSON, or CSV with a header and columns in any order.
 * @throws EngineError FOLDER_UNAVAILABLE if the file cannot be read; USAGE, with the first problem, if it is not a valid plan
 */
export async function readPlan(file: string): Promise<EditedPlan> {
  const text = pathTextFromBytes(await contentOf(file)).replace(/^\ufeff/, "");
  const value = /^\s*\{/.test(text) ? parsedJson(file, text) : { operations: csvRows(file, text) };
  const plan = EditedPlan.safeParse(value);
  if (plan.success) return plan.data;
  throw invalidPlan(file, validationMessage(plan.error), plan.error);
}

async function contentOf(file: string): Promise<Buffer> {
  try {
    return await readBounded(file, MOST_BYTES);
  } catch (cause) {
    if (cause instanceof RangeError) throw invalidPlan(file, cause.message, cause);
    const { code } = cause as NodeJS.ErrnoException;
    throw new EngineError("FOLDER_UNAVAILABLE", `Cannot read the plan ${file}: ${code}.`, {
      cause,
    });
  }
}

function parsedJson(file: string, text: string): unknown {
  try {
    return parseBoundedJson(text);
  } catch (cause) {
    throw invalidPlan(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

const REQUIRED = ["split", "path", "sha256"];

function csvRows(file: string, text: string): z.input<typeof PlanRow>[] {
  let rows: string[][];
  try {
    rows = readCsv(text);
  } catch (cause) {
    throw invalidPlan(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
  const [header = [], ...body] = rows;
  const missing = REQUIRED.filter((name) => !header.includes(name));
  if (missing.length > 0) {
    throw invalidPlan(file, `the first line must name the columns ${missing.join(", ")}`);
  }
  return body
    .filter((row) => row.some((field) => field !== ""))
    .map((row, index) => {
      const field = (name: string) => row[header.indexOf(name)] ?? "";
      const [split, path] = [field("keeper_split"), field("keeper_path")];
      return {
        split: field("split"),
        path: field("path"),
        sha256: field("sha256").toLowerCase(),
        ...(field("reason") !== "" && { reason: field("reason") }),
        ...(split !== "" && path !== "" && { keeper: { split, path } }),
        ...(field("sidecars") !== "" && { sidecars: listField(file, index, field("sidecars")) }),
      };
    });
}

function listField(file: string, row: number, text: string): string[] {
  try {
    return z.array(z.string()).parse(parseBoundedJson(text));
  } catch (cause) {
    throw invalidPlan(file, `operations[${row}].sidecars: expected a JSON list of paths`, cause);
  }
}

function invalidPlan(file: string, what: string, cause?: unknown): EngineError {
  return new EngineError("USAGE", `${file} is not a valid plan: ${what}.`, { cause });
}
