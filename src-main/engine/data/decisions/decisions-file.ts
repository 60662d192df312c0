import { DecisionsFile, MOST_DECISIONS_BYTES } from "../../../contract/decisions.ts";
import { EngineError } from "../../../contract/errors.ts";
import { parseBoundedJson } from "../../../text/bounded-json.ts";
import { pathTextFromBytes } from "../../../text/paths.ts";
import { tooLarge } from "../../../text/read-bounded.ts";
import { validationMessage } from "../../../text/validation-message.ts";
import { TWINLENS_VERSION } from "../../../version.ts";
import type { Project } from "../project-file.ts";
import { contentMarksReader } from "./effective-marks.ts";

/** All decisions of a project, with each file's current path. */
export function decisionsFile(project: Project): DecisionsFile {
  return {
    schema: "twinlens.decisions/1",
    twinlens: TWINLENS_VERSION,
    marks: markEntries(project),
    labels: labelEntries(project),
    notDuplicates: rejectionEntries(project),
  };
}

/** The file as JSON text with one decision per line, for people and for `diff`. */
export function* decisionsText(file: DecisionsFile): Generator<string> {
  yield `{\n  "schema": ${JSON.stringify(file.schema)},\n  "twinlens": ${JSON.stringify(file.twinlens)},\n`;
  yield* listText("marks", file.marks);
  yield* listText("labels", file.labels);
  yield* listText("notDuplicates", file.notDuplicates, "");
  yield "}\n";
}

function* listText(key: string, items: readonly unknown[], end = ","): Generator<string> {
  yield `  ${JSON.stringify(key)}: [`;
  for (const [i, item] of items.entries())
    yield `${i === 0 ? "" : ","}\n    ${JSON.stringify(item)}`;
  yield `${items.length === 0 ? "" : "\n  "}]${end}\n`;
}

/** @throws EngineError USAGE if the file is not a decisions file */
export async function readDecisions(file: Blob): Promise<DecisionsFile> {
  let value: unknown;
  try {
    if (file.size > MOST_DECISIONS_BYTES) throw tooLarge(MOST_DECISIONS_BYTES);
    value = parseBoundedJson(await file.text());
  } catch (cause) {
    throw notDecisions(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const { data, error } = DecisionsFile.safeParse(value);
  if (data) return data;
  throw notDecisions(validationMessage(error), error);
}

function notDecisions(reason: string, cause: unknown): EngineError {
  return new EngineError(
    "USAGE",
    `Expected a decisions file (twinlens.decisions/1), but ${reason}. Nothing was changed. Choose a file that Twinlens exported.`,
    { cause },
  );
}

function markEntries(project: Project): DecisionsFile["marks"] {
  const contents = project.database
    .prepare<[], Buffer>("SELECT DISTINCT sha256 FROM marks WHERE mark IS NOT NULL")
    .pluck()
    .all();
  const read = contentMarksReader(project);
  return contents
    .flatMap((sha256) => {
      const { files, rowOf, orphans } = read(sha256);
      const taken = new Set(rowOf.values());
      return [
        ...files.map((file) => ({ ...file, mark: rowOf.get(file.id)?.mark ?? null })),
        ...orphans.filter((row) => !taken.has(row)),
      ];
    })
    .flatMap(({ sha256, split, path, mark }) =>
      mark === null ? [] : [{ ...fileText({ sha256, split, path }), mark }],
    )
    .sort(byFile);
}

function labelEntries({ database }: Project): DecisionsFile["labels"] {
  return database
    .prepare<[], StoredFile & { label: string }>(
      "SELECT sha256, split, path, label FROM right_labels",
    )
    .all()
    .map(({ label, ...file }) => ({ ...fileText(file), label }))
    .sort(byFile);
}

function rejectionEntries({ database }: Project): DecisionsFile["notDuplicates"] {
  return database
    .prepare<[], [a: string, b: string]>(
      "SELECT lower(hex(a)), lower(hex(b)) FROM not_duplicates ORDER BY a, b",
    )
    .raw()
    .all();
}

interface StoredFile {
  readonly sha256: Buffer;
  readonly split: string;
  readonly path: Buffer;
}

function fileText({ sha256, split, path }: StoredFile) {
  return { sha256: sha256.toString("hex"), split, path: pathTextFromBytes(path) };
}

function byFile(x: FileText, y: FileText): number {
  return byText(x.split, y.split) || byText(x.path, y.path) || byText(x.sha256, y.sha256);
}

type FileText = DecisionsFile["labels"][number] | DecisionsFile["marks"][number];

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
