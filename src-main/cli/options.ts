import { type Command, InvalidArgumentError, Option } from "commander";
import { DEFAULT_GROUPING, GROUPINGS } from "../contract/grouping.ts";
import { DEVICES, type Split } from "../contract/scan-request.ts";
import type { Threshold } from "../contract/threshold.ts";
import { STANDARD_OUTPUT } from "../text/paths.ts";
import { parseThreshold } from "../text/thresholds.ts";
import { EXIT } from "./exit-codes.ts";
import { ExitError } from "./program-host.ts";

/** Options that name the folders of splits. */
export interface SplitOptions {
  train?: string[];
  test?: string[];
  val?: string[];
  split: Split[];
}

export type DeviceOption = (typeof DEVICES)[number];

export function thresholdOption(): Option {
  return new Option(
    "--threshold <T>",
    "when two images count as duplicates: auto (confidence:0.9), confidence:P, cosine:S, distance:D, slope[:SENSITIVITY] or percentile:P",
  ).argParser(threshold);
}

export function groupingOption(): Option {
  return new Option(
    "--grouping <MODE>",
    "how pairs form clusters: cohesive splits groups joined by a single pair, closure (as in DNIKit) never splits; leaks are the same in both",
  )
    .choices(GROUPINGS)
    .default(DEFAULT_GROUPING);
}

export function addSplitOptions(command: Command): Command {
  return command
    .addOption(folderOption("train"))
    .addOption(folderOption("test"))
    .addOption(folderOption("val"))
    .addOption(
      new Option(
        "--split <NAME=DIR>",
        "folder of a split with any name (repeatable, also for one name)",
      )
        .argParser(appendSplit)
        .default([], "none"),
    );
}

function folderOption(name: string): Option {
  return new Option(`--${name} <DIR>`, `folder of the ${name} split (repeatable)`).argParser(
    (value: string, previous: string[] = []) => append(value, previous),
  );
}

/** The folders that the options name, in the order train, test, val, others. A name may repeat: its folders are one split. */
export function namedSplits({ train = [], test = [], val = [], split }: SplitOptions): Split[] {
  const named = Object.entries({ train, test, val }).flatMap(([name, roots]) =>
    roots.map((root) => ({ name, root })),
  );
  return [...named, ...split];
}

export function deviceOption(): Option {
  return new Option(
    "--device <NAME>",
    "execution provider for the model; `twinlens devices` lists what is available",
  )
    .choices(DEVICES)
    .default("auto");
}

/** @param work what the threads do. */
export function threadsOption(work: string): Option {
  return new Option("--threads <N>", `threads for ${work} (default: all cores)`).argParser(
    wholeNumber(1, 256),
  );
}

/** A model output by name. `--response` is DNIKit's word for it. */
export function outputNameOption(description: string): Option {
  return new Option("--response, --output-name <NAME>", description);
}

/** The report files asked for: every option that has a value. */
export function requestedOutputs<Output extends string>(
  options: Readonly<Record<Output, string | undefined>>,
): Partial<Record<Output, string>> {
  const targets = Object.entries(options).filter(([, target]) => target !== undefined);
  return Object.fromEntries(targets) as Partial<Record<Output, string>>;
}

/** @throws ExitError if more than one report would go to standard output. */
export function requireOneOnStandardOutput(outputs: Readonly<Record<string, string>>): void {
  if (Object.values(outputs).filter((target) => target === STANDARD_OUTPUT).length > 1)
    throw new ExitError(
      EXIT.usage,
      "Only one report can go to standard output. Give the others a file.",
    );
}

function threshold(text: string): Threshold {
  try {
    return parseThreshold(text);
  } catch (cause) {
    throw new InvalidArgumentError(cause instanceof Error ? cause.message : String(cause));
  }
}

/** Collects the values of a repeatable option. */
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
