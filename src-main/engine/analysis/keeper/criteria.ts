import type { KeeperCriterion } from "../../../contract/keeper.ts";
import type { ReportImage } from "../../../contract/report.ts";
import { trainingSplit } from "../../../text/splits.ts";

/** An image of a cluster with the properties that the rules compare. */
export interface Candidate
  extends Pick<ReportImage, "id" | "split" | "path" | "width" | "height" | "bytes" | "format"> {
  /** Modification time in any unit; only `oldest` and `newest` need it. */
  readonly modified?: number;
  /** Number of EXIF entries; only `exif` needs it. */
  readonly exif?: number;
  /** Data is missing or broken although the file decodes. */
  readonly isDamaged?: boolean;
  /** The path leads through a link, or other paths lead to the file. */
  readonly isLinked?: boolean;
}

/** The properties of a split that the rules need. */
export interface RuledSplit {
  readonly name: string;
  readonly protected: boolean;
}

/** A criterion as arithmetic. */
export interface Measure {
  /** Higher is better. */
  readonly score: (candidate: Candidate) => number;
  /** Why a candidate with the best score is kept, to complete a sentence. */
  readonly words: (candidate: Candidate) => string;
}

/** Higher for formats that lose less: lossless 3, lossy 2, few colors 1. */
const FORMAT_SCORES: Readonly<Record<string, number>> = {
  png: 3,
  tiff: 3,
  bmp: 3,
  jpeg: 2,
  webp: 2,
  avif: 2,
  heif: 2,
  heic: 2,
  gif: 1,
};

/** Comes before every criterion: a damaged file is worse than any sound one. */
export const SOUNDNESS: Measure = {
  score: ({ isDamaged }) => Number(!isDamaged),
  words: () => "not damaged",
};

export function measureOf(criterion: KeeperCriterion, splits: readonly RuledSplit[]): Measure {
  if (typeof criterion === "object") return listedMeasure(criterion);
  const inSplit = ({ split }: Candidate) => `in ${split}`;
  switch (criterion) {
    case "protected": {
      const names = new Set(splits.filter((split) => split.protected).map(({ name }) => name));
      return {
        score: ({ split }) => Number(names.has(split)),
        words: ({ split }) => `in ${split}, which is protected`,
      };
    }
    case "split": {
      const training = trainingSplit(splits);
      return { score: ({ split }) => Number(split !== training), words: inSplit };
    }
    case "resolution":
      return {
        score: ({ width, height }) => width * height,
        words: ({ width, height }) => `most pixels (${width}x${height})`,
      };
    case "format":
      return {
        score: ({ format }) => FORMAT_SCORES[format] ?? 0,
        words: ({ format }) => `better format (${format})`,
      };
    case "bytes":
      return { score: ({ bytes }) => bytes, words: ({ bytes }) => `most bytes (${bytes})` };
    case "exif":
      return {
        score: ({ exif }) => exif ?? 0,
        words: ({ exif }) => `most entries of EXIF (${exif ?? 0})`,
      };
    case "oldest":
      return { score: ({ modified }) => -(modified ?? 0), words: () => "the oldest" };
    case "newest":
      return { score: ({ modified }) => modified ?? 0, words: () => "the newest" };
    case "shortest-path":
      return { score: ({ path }) => -path.length, words: () => "the shortest path" };
  }
}

function listedMeasure(criterion: Exclude<KeeperCriterion, string>): Measure {
  if ("folder" in criterion) {
    const folders = criterion.folder.map((folder) => `${folder.replace(/\/+$/, "")}/`);
    const indexOf = ({ path }: Candidate) => folders.findIndex((folder) => path.startsWith(folder));
    return {
      score: (candidate) => preference(indexOf(candidate), folders.length),
      words: (candidate) => `in the folder ${folders[indexOf(candidate)] ?? ""}`,
    };
  }
  if ("split" in criterion) {
    return {
      score: ({ split }) => preference(criterion.split.indexOf(split), criterion.split.length),
      words: ({ split }) => `in ${split}`,
    };
  }
  return {
    score: ({ format }) => preference(criterion.format.indexOf(format), criterion.format.length),
    words: ({ format }) => `preferred format (${format})`,
  };
}

/** @param index in a list of preferences, or -1 */
function preference(index: number, length: number): number {
  return index < 0 ? 0 : length - index;
}
