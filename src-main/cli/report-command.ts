import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { ReportOutput, ReportRequest, ReportSummary } from "../contract/contract.ts";
import type { Grouping } from "../contract/grouping.ts";
import type { Threshold } from "../contract/threshold.ts";
import { type EngineClient, readEvents } from "../engine-client/engine-client.ts";
import { notComparedText, nothingComparedText } from "../text/not-compared.ts";
import { bytesFromPathText, STANDARD_OUTPUT } from "../text/paths.ts";
import { TRAIN } from "../text/splits.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import {
  append,
  groupingOption,
  numberBetween,
  outputNameOption,
  requestedOutputs,
  requireOneOnStandardOutput,
  thresholdOption,
} from "./options.ts";
import { ExitError, type ProgramRun, withEngine, written } from "./program-host.ts";
import { summaryText } from "./summary.ts";
import { printable } from "./terminal-text.ts";

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
  maxUnreadable?: number;
  quiet?: boolean;
}

/** `twinlens report` */
export function addReportCommand(program: Command, run: ProgramRun): void {
  addReportOptions(
    program
      .command("report")
      .description(
        "write reports from a scanned project, at another threshold if you like, without reading the images again",
      )
      .argument("<PROJECT>", "project file"),
  )
    .addOption(
      outputNameOption("report on this model output only (repeatable)")
        .argParser(append)
        .default([], "all outputs of the last scan"),
    )
    .action((project: string, options: ReportOptions & { outputName: string[] }) =>
      withEngine(run, async (client) => {
        requireOneReportOnStandardOutput(options);
        const request = { project, modelOutputs: options.outputName };
        return await writeReports(run, client, request, options, resolve(project));
      }),
    );
}

export function addReportOptions(command: Command): Command {
  return command
    .addOption(thresholdOption())
    .addOption(groupingOption())
    .option("--json <FILE>", "write the full report as JSON (twinlens.report/1)")
    .option("--csv <FILE>", "write one row per image in a cluster")
    .option("--html <FILE>", "write a self-contained HTML page with thumbnails")
    .option("--keep-list <FILE>", "write the paths of the images to keep, one per line")
    .option("--remove-list <FILE>", "write the paths of the redundant images, one per line")
    .addOption(
      new Option(
        "--fail-on-leak <PERCENT>",
        `exit with code ${EXIT.gate} if more than this percentage of any split also appears in ${TRAIN}`,
      ).argParser(numberBetween(0, 100)),
    )
    .addOption(
      new Option(
        "--max-unreadable <PERCENT>",
        `with --fail-on-leak, exit with code ${EXIT.incomplete} only if more than this percentage of a split could not be read (default: 0)`,
      ).argParser(numberBetween(0, 100)),
    )
    .option("--quiet", "print only errors and reports sent to standard output")
    .addHelpText("after", "\nAny report FILE can be - for standard output.");
}

/** @throws ExitError if more than one report would go to standard output. */
export function requireOneReportOnStandardOutput(options: ReportOptions): void {
  requireOneOnStandardOutput(reportOutputs(options));
}

/** @throws ExitError if there is a leak gate but no split that it guards. */
export function requireGatedSplit(
  splits: readonly { readonly name: string }[],
  { failOnLeak }: ReportOptions,
): void {
  if (failOnLeak === undefined || splits.some(({ name }) => name === TRAIN)) return;
  throw new ExitError(EXIT.usage, `--fail-on-leak needs a split named ${TRAIN}.`);
}

/**
 * Writes the reports asked for, prints the summary and applies the leak gate.
 * @param keptProject the project file to name in the summary; `null` if it is about to be deleted.
 */
export async function writeReports(
  { host, signal }: ProgramRun,
  client: EngineClient,
  request: Pick<ReportRequest, "project" | "modelOutputs">,
  options: ReportOptions,
  keptProject: string | null,
): Promise<ExitCode> {
  const { grouping, threshold, quiet } = options;
  const outputs = reportOutputs(options);
  const chunks = await client.report(
    { ...request, outputs, grouping, ...(threshold && { threshold }) },
    { signal },
  );
  const summary = await readEvents(chunks, ({ text }) =>
    written(host.stdout, bytesFromPathText(text)),
  );
  // Keep the summary out of a report that is piped to another program.
  const out = Object.values(outputs).includes(STANDARD_OUTPUT) ? host.stderr : host.stdout;
  if (!quiet) await written(out, summaryText(summary, keptProject));
  const exceeded = exceededLeaks(summary, options);
  const incomplete = incompleteSplits(summary, options);
  for (const line of [...exceeded, ...incomplete]) host.stderr.write(`twinlens: ${line}\n`);
  if (exceeded.length > 0) return EXIT.gate;
  return incomplete.length > 0 ? EXIT.incomplete : EXIT.done;
}

/** One line for each reason why the answer does not cover what was asked; without the gate only if nothing was compared. */
function incompleteSplits(
  { splits, notCompared }: ReportSummary,
  { failOnLeak, maxUnreadable = 0 }: ReportOptions,
): string[] {
  const nothing = nothingComparedText(splits);
  if (failOnLeak === undefined && nothing === null) return [];
  const incomplete = splits.filter(({ images, unreadable }) => {
    const all = images + unreadable;
    return all === 0 ? maxUnreadable < 100 : 100 * unreadable > maxUnreadable * all;
  });
  const names = new Set((nothing === null ? incomplete : splits).map(({ name }) => name));
  const reasons = notCompared
    .filter(({ split }) => names.has(split))
    .map((entry) => printable(notComparedText(entry, splits)));
  return nothing === null ? reasons : [nothing, ...reasons];
}

/** One line for each split that leaks more than `--fail-on-leak` allows. */
function exceededLeaks(summary: ReportSummary, options: ReportOptions): string[] {
  requireGatedSplit(summary.splits, options);
  const { failOnLeak } = options;
  if (failOnLeak === undefined) return [];
  return summary.leaks
    .filter(({ into, images, of }) => into === TRAIN && 100 * images > failOnLeak * of)
    .map(
      ({ from, percent }) =>
        `${percent} % of ${printable(from)} also appears in ${TRAIN}; the limit is ${failOnLeak} %.`,
    );
}

function reportOutputs(options: ReportOptions): Partial<Record<ReportOutput, string>> {
  const { json, csv, html, keepList, removeList } = options;
  return requestedOutputs<ReportOutput>({ json, csv, html, keepList, removeList });
}
