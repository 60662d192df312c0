import type { Mark } from "../../../contract/cut.ts";
import type { DecisionsFile, DecisionsImport } from "../../../contract/decisions.ts";
import { countOf } from "../../../text/figures.ts";
import { pathTextFromBytes } from "../../../text/paths.ts";
import type { Project } from "../project-file.ts";
import { changeMarks } from "./change-marks.ts";
import type { Rejection, Step } from "./decision-log.ts";
import { contentMarksReader, type MarkedFile, markOf } from "./effective-marks.ts";
import { newRejections } from "./rejections.ts";
import { changeLabels, rightLabels } from "./right-labels.ts";

/** The step that an import takes, and counts of what it does not change. */
export interface ImportStep extends Omit<DecisionsImport, "state"> {
  readonly step: Step;
  readonly refused: number;
}

type Counts = Record<"already" | "unknown" | "conflicting", number>;

/**
 * Computes the step that imports decisions. A decision applies to the file with the same content, split and path; if there is none, to
 * another file with the same content in the split of the same name, because folders may be laid out differently here.
 * @param replace whether imported decisions replace different ones of this project
 */
export function importStep(project: Project, file: DecisionsFile, replace: boolean): ImportStep {
  const counts: Counts = { already: 0, unknown: 0, conflicting: 0 };
  const filesOf = fileReader(project);
  const markNow = markReader(project);
  const marks = wanted(keptFirst(file.marks), {
    counts,
    filesOf,
    replace,
    decided: ({ mark }) => mark,
    now: markNow,
  });
  const labelNow = rightLabels(project);
  const labels = wanted(file.labels, {
    counts,
    filesOf,
    replace,
    decided: ({ label }) => label,
    now: ({ id }) => labelNow.get(id) ?? null,
  });
  const pairs = knownPairs(project, file.notDuplicates);
  const rejections = newRejections(project, pairs);
  counts.unknown += file.notDuplicates.length - pairs.length;
  counts.already += pairs.length - rejections.length;

  const changedMarks = changeMarks(project, marks);
  const changedLabels = changeLabels(project, labels);
  const applied = changedMarks.changed + changedLabels.changed + rejections.length;
  return {
    ...counts,
    applied,
    refused: changedMarks.refused,
    step: {
      label: `import ${countOf(applied, "decision")}`,
      marks: changedMarks.marks,
      files: changedMarks.files,
      labels: changedLabels.labels,
      rejections,
    },
  };
}

/** Assigns files to keep before files to remove: if there are fewer copies here, one to be kept stays. */
function keptFirst(marks: DecisionsFile["marks"]): DecisionsFile["marks"] {
  return [
    ...marks.filter(({ mark }) => mark === "keep"),
    ...marks.filter(({ mark }) => mark === "remove"),
  ];
}

interface Matching<Entry, Value> {
  readonly counts: Counts;
  readonly filesOf: (sha256: string) => readonly MarkedFile[];
  readonly replace: boolean;
  readonly decided: (entry: Entry) => Value;
  /** The current decision about a file. */
  readonly now: (file: MarkedFile) => Value | null;
}

/** The decisions to import, by image id. */
function wanted<Entry extends { sha256: string; split: string; path: string }, Value>(
  entries: readonly Entry[],
  { counts, filesOf, replace, decided, now }: Matching<Entry, Value>,
): Map<number, Value> {
  const found = new Map<number, Value>();
  for (const [sha256, ofContent] of Map.groupBy(entries, (entry) => entry.sha256)) {
    for (const [entry, file] of matchFiles(ofContent, filesOf(sha256))) {
      const here = file && now(file);
      if (!file) counts.unknown++;
      else if (here === decided(entry)) counts.already++;
      else {
        if (here !== null) counts.conflicting++;
        if (here === null || replace) found.set(file.id, decided(entry));
      }
    }
  }
  return found;
}

/** Matches each entry of one content to a file: the one with its split and path, else the first remaining one of its split. */
function matchFiles<Entry extends { split: string; path: string }>(
  entries: readonly Entry[],
  files: readonly MarkedFile[],
): Map<Entry, MarkedFile | null> {
  const left = new Set(files);
  const take = (fits: (file: MarkedFile) => boolean) => {
    const file = Iterator.from(left).find(fits) ?? null;
    if (file) left.delete(file);
    return file;
  };
  const takes = new Map<Entry, MarkedFile | null>();
  for (const entry of entries) {
    const own = take(
      ({ split, path }) => split === entry.split && pathTextFromBytes(path) === entry.path,
    );
    takes.set(entry, own);
  }
  for (const [entry, own] of takes) {
    if (!own)
      takes.set(
        entry,
        take(({ split }) => split === entry.split),
      );
  }
  return takes;
}

/** Returns the files of the last scan's splits by content, in the order of split and path. */
function fileReader(project: Project): (sha256: string) => MarkedFile[] {
  const read = contentMarksReader(project);
  return (sha256) => read(Buffer.from(sha256, "hex")).files.filter(({ viewed }) => viewed);
}

function markReader(project: Project): (file: MarkedFile) => Mark | null {
  const read = contentMarksReader(project);
  return (file) => markOf(read(file.sha256), file);
}

/** Pairs of which the project knows both contents, by content id. */
function knownPairs({ database }: Project, pairs: DecisionsFile["notDuplicates"]): Rejection[] {
  const idOf = database
    .prepare<[Buffer], number>("SELECT id FROM contents WHERE sha256 = ?")
    .pluck();
  return pairs.flatMap(([a, b]): Rejection[] => {
    const [x, y] = [idOf.get(Buffer.from(a, "hex")), idOf.get(Buffer.from(b, "hex"))];
    return x === undefined || y === undefined || x === y ? [] : [[x, y]];
  });
}
