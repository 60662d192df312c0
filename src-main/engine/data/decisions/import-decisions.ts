import type { Mark } from "../../../contract/cut.ts";
import type { DecisionsFile, DecisionsImport } from "../../../contract/decisions.ts";
import { pathTextFromBytes } from "../../../text/paths.ts";
import type { Project } from "../project-file.ts";
import { planMarks } from "./change-marks.ts";
import type { Rejection, Step } from "./decision-log.ts";
import { contentMarksReader, type MarkedFile, markOf } from "./effective-marks.ts";
import { newRejections } from "./rejections.ts";
import { planLabels, rightLabels } from "./right-labels.ts";

/** What an import would change and what it would not. */
export interface ImportPlan extends Omit<DecisionsImport, "state"> {
  readonly step: Step;
  readonly refused: number;
}

type Counts = Record<"already" | "unknown" | "conflicting", number>;

/**
 * Plans to take decisions over. A decision is for the file that lies where it says and has the content that it says; where there is
 * none, for another file of that content in the split of that name, as when folders lie elsewhere here.
 * @param replace whether the imported decisions win over other ones taken here
 */
export function planImport(project: Project, file: DecisionsFile, replace: boolean): ImportPlan {
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

  const plannedMarks = planMarks(project, marks);
  const plannedLabels = planLabels(project, labels);
  const applied = plannedMarks.changed + plannedLabels.changed + rejections.length;
  return {
    ...counts,
    applied,
    refused: plannedMarks.refused,
    step: {
      label: `import ${applied === 1 ? "1 decision" : `${applied} decisions`}`,
      marks: plannedMarks.marks,
      files: plannedMarks.files,
      labels: plannedLabels.labels,
      rejections,
    },
  };
}

/** Where fewer copies lie here than were decided about, it is one to be kept that stays. */
function keptFirst(marks: DecisionsFile["marks"]): DecisionsFile["marks"] {
  return [
    ...marks.filter(({ mark }) => mark === "keep"),
    ...marks.filter(({ mark }) => mark === "remove"),
  ];
}

interface Taking<Entry, Value> {
  readonly counts: Counts;
  readonly filesOf: (sha256: string) => readonly MarkedFile[];
  readonly replace: boolean;
  readonly decided: (entry: Entry) => Value;
  /** What is decided about a file here. */
  readonly now: (file: MarkedFile) => Value | null;
}

/** The decisions to be taken over, by image id. */
function wanted<Entry extends { sha256: string; split: string; path: string }, Value>(
  entries: readonly Entry[],
  { counts, filesOf, replace, decided, now }: Taking<Entry, Value>,
): Map<number, Value> {
  const found = new Map<number, Value>();
  for (const [sha256, ofContent] of Map.groupBy(entries, (entry) => entry.sha256)) {
    for (const [entry, file] of takers(ofContent, filesOf(sha256))) {
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

/** Which file each entry of one content is about: the one of its place, else the first of its split that is left. */
function takers<Entry extends { split: string; path: string }>(
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

/** Reads the files of the last scan's splits by their content, in the order of their places. */
function fileReader(project: Project): (sha256: string) => MarkedFile[] {
  const read = contentMarksReader(project);
  return (sha256) => read(Buffer.from(sha256, "hex")).files.filter(({ viewed }) => viewed);
}

function markReader(project: Project): (file: MarkedFile) => Mark | null {
  const read = contentMarksReader(project);
  return (file) => markOf(read(file.sha256), file);
}

/** Pairs whose contents are both known, by content id. */
function knownPairs({ database }: Project, pairs: DecisionsFile["notDuplicates"]): Rejection[] {
  const idOf = database
    .prepare<[Buffer], number>("SELECT id FROM contents WHERE sha256 = ?")
    .pluck();
  return pairs.flatMap(([a, b]): Rejection[] => {
    const [x, y] = [idOf.get(Buffer.from(a, "hex")), idOf.get(Buffer.from(b, "hex"))];
    return x === undefined || y === undefined || x === y ? [] : [[x, y]];
  });
}
