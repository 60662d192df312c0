import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { EVIDENCE_KINDS, EvidenceKind } from "../contract/evidence-kind.ts";
import type { Grouping } from "../contract/grouping.ts";
import { ImageId } from "../contract/ids.ts";
import { KeeperRules } from "../contract/keeper.ts";
import { DEFAULT_CLASS_LOSS, type PlanRequest } from "../contract/plan.ts";
import type { Threshold } from "../contract/threshold.ts";
import { parseBoundedJson } from "../text/bounded-json.ts";
import { readBounded } from "../text/read-bounded.ts";
import { validationMessage } from "../text/validation-message.ts";
import { EXIT } from "./exit-codes.ts";
import {
  append,
  groupingOption,
  numberBetween,
  outputNameOption,
  thresholdOption,
} from "./options.ts";
import { ExitError } from "./program-host.ts";

/** Options of `plan` and `apply` that decide what to remove. */
export interface PlanOptions {
  threshold?: Threshold;
  grouping: Grouping;
  outputName?: string;
  rules?: string;
  kinds?: EvidenceKind[];
  mayEmpty: (ImageId | "all")[];
  sidecar: string[];
  sidecarRoot: string[];
  classLoss: number;
}

export function addPlanOptions(command: Command): Command {
  return command
    .addOption(thresholdOption())
    .addOption(groupingOption())
    .addOption(outputNameOption("model output to plan by (default: the first of the last scan)"))
    .option("--rules <FILE>", "JSON file of keeper rules to use instead of the project's")
    .addOption(
      new Option(
        "--kinds <KINDS>",
        `kinds of duplicates that the rules may remove, separated by commas (${EVIDENCE_KINDS.join(", ")}), or none to remove only marked images`,
      )
        .argParser(kinds)
        .default(undefined, "the project's, initially same-bytes,same-pixels,resized"),
    )
    .addOption(
      new Option(
        "--may-empty <IMAGE>",
        "let the cluster of the image with this id lose all its images, or all for every cluster (repeatable)",
      )
        .argParser(emptied)
        .default([], "none"),
    )
    .addOption(
      new Option(
        "--sidecar <PATTERN>",
        "files to remove with their image, in addition to .txt, .xml, .json and masks, such as {folder}/{name}.caption (repeatable)",
      )
        .argParser(append)
        .default([], "none"),
    )
    .addOption(
      new Option(
        "--sidecar-root <DIR>",
        "folder outside the splits whose files may be removed with their image, such as labels next to images (repeatable)",
      )
        .argParser(append)
        .default([], "none"),
    )
    .addOption(
      new Option(
        "--class-loss <PERCENT>",
        "warn if a class would lose more than this percentage of its images",
      )
        .argParser(numberBetween(0, 100))
        .default(DEFAULT_CLASS_LOSS),
    );
}

/**
 * The request to the engine.
 * @throws ExitError if the rules cannot be read; it names the wrong field.
 */
export async function planRequest(project: string, options: PlanOptions): Promise<PlanRequest> {
  const { threshold, grouping, outputName, mayEmpty, sidecar, sidecarRoot, classLoss } = options;
  return {
    project,
    grouping,
    mayEmpty: mayEmpty.includes("all") ? "all" : mayEmpty.filter((image) => image !== "all"),
    sidecars: sidecar,
    sidecarRoots: sidecarRoot.map((root) => resolve(root)),
    classLoss,
    ...(threshold && { threshold }),
    ...(options.kinds && { kinds: options.kinds }),
    ...(outputName !== undefined && { modelOutput: outputName }),
    ...(options.rules !== undefined && { rules: await readRules(options.rules) }),
  };
}

/** Rules name splits, folders and criteria: a few kilobytes. */
const MOST_RULES_BYTES = 1024 ** 2;
const MOST_RULES_VALUES = 100_000;

async function readRules(file: string): Promise<KeeperRules> {
  let value: unknown;
  try {
    const bytes = await readBounded(file, MOST_RULES_BYTES);
    value = parseBoundedJson(bytes.toString("utf8"), MOST_RULES_VALUES);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "the file does not exist" : (code ?? message);
    throw new ExitError(
      EXIT.usage,
      `Cannot read the keeper rules ${file}: ${why}. Choose a JSON file of keeper rules.`,
    );
  }
  const rules = KeeperRules.safeParse(value);
  if (rules.success) return rules.data;
  throw new ExitError(
    EXIT.usage,
    `The keeper rules ${file} are invalid: ${validationMessage(rules.error)}.`,
  );
}

function kinds(text: string): EvidenceKind[] {
  if (text === "none") return [];
  return text.split(",").map((name) => {
    const kind = EvidenceKind.safeParse(name.trim());
    if (kind.success) return kind.data;
    throw new InvalidArgumentError(
      `Expected kinds (${EVIDENCE_KINDS.join(", ")}) or none but received "${name}".`,
    );
  });
}

function emptied(text: string, previous: (ImageId | "all")[]): (ImageId | "all")[] {
  const image = ImageId.safeParse(Number(text));
  if (text === "all") return [...previous, text];
  if (image.success) return [...previous, image.data];
  throw new InvalidArgumentError(`Expected an image id or all but received "${text}".`);
}
