import { type Command, InvalidArgumentError, Option } from "commander";
import type { ReportOutput } from "../contract/contract.ts";
import { DEFAULT_GROUPING, GROUPINGS, type Grouping } from "../contract/grouping.ts";
import {
  DEFAULT_BATCH_SIZE,
  DEFAULT_NEIGHBORS,
  DEVICES,
  PRESETS,
  type Split,
} from "../contract/scan-request.ts";
import type { Threshold } from "../contract/threshold.ts";
import { parseThreshold } from "../text/thresholds.ts";

/** Options of every command that writes reports. */
export interface ReportOptions {
  threshold?: Threshold;
  grouping: Grouping;
  json?: string;
  csv?: string;
  html?: string;
  keepList?: string;
  removeList?: string;
  failOnLeak?: number;
  quiet?: boolean;
  /** False for a project that is gone when the command ends; true without it. */
  keepsProject?: boolean;
}

/** Options that name folders. */
export interface SplitOptions {
  train?: string;
  test?: string;
  val?: string;
  split: Split[];
}

/** Options of `scan`. */
export interface ScanOptions extends ReportOptions, SplitOptions {
  project?: string;
  model?: string;
  outputName: string[];
  pca?: number;
  preset?: (typeof PRESETS)[number];
  device: (typeof DEVICES)[number];
  neighbors: number;
  exact?: boolean;
  batchSize: number;
  protect: string[];
  threads?: number;
  progress: boolean;
}

/** Options of `serve`. */
export interface ServeOptions {
  root: string[];
  port: number;
  open?: boolean;
}

/** What counts as a duplicate, for every command that asks. */
export function thresholdOption(): Option {
  return new Option(
    "--threshold <T>",
    "what counts as a duplicate: auto (= confidence:0.9), confidence:P, cosine:S, distance:D, slope[:SENSITIVITY], percentile:P",
  ).argParser(threshold);
}

/** How duplicates become clusters, for every command that asks. */
export function groupingOption(): Option {
  return new Option(
    "--grouping <WAY>",
    "clusters: cohesive parts groups that one pair joins without any other support, closure (as in DNIKit) parts none; leaks count pairs under both",
  )
    .choices(GROUPINGS)
    .default(DEFAULT_GROUPING);
}

export function addReportOptions(command: Command): Command {
  return command
    .addOption(thresholdOption())
    .addOption(groupingOption())
    .option("--json <FILE>", "write the report as JSON (twinlens.report/1); - is standard output")
    .option("--csv <FILE>", "write one row per image of each cluster")
    .option("--html <FILE>", "write one self-contained page with thumbnails")
    .option("--keep-list <FILE>", "write the images to keep, one path a line")
    .option("--remove-list <FILE>", "write the images that could go, one path a line")
    .addOption(
      new Option(
        "--fail-on-leak <PERCENT>",
        "exit with 3 when more than this share of a split has a duplicate in train",
      ).argParser(numberBetween(0, 100)),
    )
    .option("--quiet", "print nothing but errors and the reports asked for");
}

export function addSplitOptions(command: Command): Command {
  return command
    .option("--train <DIR>", "folder of the train split")
    .option("--test <DIR>", "folder of the test split")
    .option("--val <DIR>", "folder of the val split")
    .addOption(
      new Option("--split <NAME=DIR>", "folder of any split; may be given more than once")
        .argParser(appendSplit)
        .default([], "none"),
    );
}

export function addScanOptions(command: Command): Command {
  addSplitOptions(command)
    .option(
      "--project <FILE>",
      "project file (default: one in your data folder, found again for the same folders)",
    )
    .option(
      "--model <NAME|FILE.onnx>",
      "bundled model, or an ONNX file with its manifest (.json) beside it",
    );
  addReportOptions(command);
  return command
    .addOption(
      new Option(
        "--preset <NAME>",
        "a whole method: dnikit does what Apple DNIKit's Duplicates does",
      ).choices(PRESETS),
    )
    .addOption(
      new Option(
        "--response, --output-name <NAME>",
        "model output to compare by; may be given more than once, all for every one",
      )
        .argParser(append)
        .default([], "the model's first"),
    )
    .addOption(
      new Option("--pca <N>", "reduce embeddings to N dimensions first").argParser(wholeNumber(1)),
    )
    .addOption(
      new Option("--device <NAME>", "where the model runs").choices(DEVICES).default("auto"),
    )
    .addOption(
      new Option("--neighbors <K>", "neighbors kept per image and split")
        .argParser(wholeNumber(1, 1000))
        .default(DEFAULT_NEIGHBORS),
    )
    .option("--exact", "search exactly, however large the data set")
    .addOption(
      new Option("--batch-size <N>", "images the model sees at once")
        .argParser(wholeNumber(1, 1024))
        .default(DEFAULT_BATCH_SIZE),
    )
    .addOption(
      new Option(
        "--protect <SPLIT>",
        "never name an image of this split for removal; may be given more than once",
      )
        .argParser(append)
        .default([], "none"),
    )
    .addOption(
      new Option(
        "--threads <N>",
        "threads for decoding and inference (default: all cores)",
      ).argParser(wholeNumber(1, 256)),
    )
    .option("--no-progress", "show no progress");
}

export function addServeOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--root <DIR>",
        "folder that the page may see and scan; may be given more than once",
      )
        .argParser(append)
        .default([], "your home folder"),
    )
    .addOption(
      new Option("--port <N>", "port on this machine to listen on")
        .argParser(wholeNumber(0, 65535))
        .default(0, "any that is free"),
    )
    .option("--open", "open the address in the system's browser");
}

/** The report files that were asked for. */
export function reportOutputs(options: ReportOptions): Partial<Record<ReportOutput, string>> {
  const { json, csv, html, keepList, removeList } = options;
  const asked = { json, csv, html, keepList, removeList };
  return Object.fromEntries(Object.entries(asked).filter(([, target]) => target !== undefined));
}

/** The splits named by options, in the order train, test, val, others. */
export function namedSplits({ train, test, val, split }: SplitOptions): Split[] {
  const named = Object.entries({ train, test, val }).flatMap(([name, root]) =>
    root === undefined ? [] : [{ name, root }],
  );
  return [...named, ...split];
}

function threshold(text: string): Threshold {
  try {
    return parseThreshold(text);
  } catch (cause) {
    throw new InvalidArgumentError(cause instanceof Error ? cause.message : String(cause));
  }
}

export function append(value: string, previous: string[]): string[] {
  return [...previous, value];
}

function appendSplit(value: string, previous: Split[]): Split[] {
  const at = value.indexOf("=");
  if (at < 1 || at === value.length - 1) {
    throw new InvalidArgumentError(`Expected NAME=DIR but received "${value}".`);
  }
  return [...previous, { name: value.slice(0, at), root: value.slice(at + 1) }];
}

export function numberBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= least && value <= most)) {
      throw new InvalidArgumentError(
        `Expected a number from ${least} to ${most} but received "${text}".`,
      );
    }
    return value;
  };
}

export function wholeNumber(
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isInteger(value) || value < least || value > most) {
      const range =
        most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
      throw new InvalidArgumentError(`Expected a whole number ${range} but received "${text}".`);
    }
    return value;
  };
}
