import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ORPCError } from "@orpc/client";
import { Command, CommanderError, Option } from "commander";
import { EXPORTS, type ReportRequest, type ReportSummary } from "../contract/contract.ts";
import { DNIKIT } from "../contract/dnikit.ts";
import type { ScanRequest } from "../contract/scan-request.ts";
import type { EngineClient } from "../engine-client/engine-client.ts";
import { bytesFromPathText, STANDARD_OUTPUT } from "../text/paths.ts";
import { TRAIN } from "../text/splits.ts";
import { TWINLENS_VERSION } from "../version.ts";
import { addApplyCommand } from "./apply-command.ts";
import { addCalibrateCommand } from "./calibrate-command.ts";
import { addDecisionsCommand } from "./decisions-command.ts";
import { EXIT } from "./exit-codes.ts";
import {
  addReportOptions,
  addScanOptions,
  addServeOptions,
  namedSplits,
  type ReportOptions,
  reportOutputs,
  type ScanOptions,
  type ServeOptions,
} from "./options.ts";
import { addPlanCommand } from "./plan-command.ts";
import {
  ExitError,
  type ProgramHost,
  requireOneTarget,
  withEngine,
  written,
} from "./program-host.ts";
import { count, ProgressDisplay, printable } from "./progress.ts";
import { deviceText, summaryText } from "./summary.ts";
import { addUndoCommand } from "./undo-command.ts";

const CANCELLED = "Cancelled. What was done is kept; the same command goes on from there.";

/**
 * Runs the command line.
 * @param words without the program's own name.
 * @returns the exit code.
 */
export async function runProgram(words: readonly string[], host: ProgramHost): Promise<number> {
  const cancel = new AbortController();
  let interrupts = 0;
  host.onInterrupt(() => {
    // Someone who asks twice doesn't want to wait.
    if (++interrupts > 1) process.exit(EXIT.cancelled);
    cancel.abort();
  });
  // A failed write is told to who waits for it; without a listener it would end the process as well.
  host.stdout.on("error", () => {});
  let exitCode: number = EXIT.done;
  const program = makeProgram(host, cancel.signal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (cause) {
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (cancel.signal.aborted) {
      const said = cause instanceof ExitError && cause.exitCode === EXIT.cancelled;
      const words = said ? cause.message : CANCELLED;
      host.stderr.write(`${printable(words)}\n`);
      return EXIT.cancelled;
    }
    // Who read the output has closed it, as `head` does: there is nothing to say and nobody to say it to.
    if ((cause as NodeJS.ErrnoException).code === "EPIPE") return EXIT.failed;
    const message = cause instanceof Error ? cause.message : String(cause);
    host.stderr.write(`twinlens: ${printable(message)}\n`);
    if (cause instanceof ExitError) return cause.exitCode;
    return cause instanceof ORPCError && cause.code === "USAGE" ? EXIT.usage : EXIT.failed;
  }
}

function makeProgram(
  host: ProgramHost,
  signal: AbortSignal,
  setExitCode: (code: number) => void,
): Command {
  const program = new Command("twinlens")
    .description("Finds near-duplicate images within and across train and test splits.")
    .version(TWINLENS_VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(text),
    })
    .showHelpAfterError("(--help lists what there is)");

  addScanOptions(
    program
      .command("scan")
      .description("scan folders into a project, print a summary, write the reports asked for")
      .argument(
        "[ROOT]",
        "data set with train, test, val folders in it; or name folders by options",
      ),
  ).action((root: string | undefined, options: ScanOptions) =>
    withEngine(host, async (client) => {
      requireOneOnStandardOutput(options);
      const splits = namedSplits(options);
      if ((root === undefined) === (splits.length === 0)) {
        throw new ExitError(
          EXIT.usage,
          "Give either one ROOT or split folders (--train DIR, --test DIR, --split NAME=DIR).",
        );
      }
      const found =
        root === undefined ? splits : await client.recognizeSplits({ root }, { signal });
      requireTrainForGate(found, options);
      setExitCode(await scanAndReport(host, client, signal, { ...options, found }));
    }),
  );

  addReportOptions(
    program
      .command("report")
      .description(
        "write reports from a scanned project, at another threshold if asked, without reading an image",
      )
      .argument("<PROJECT>", "project file"),
  )
    .addOption(
      new Option(
        "--response, --output-name <NAME>",
        "only this model output; may be given more than once",
      )
        .argParser((name: string, before: string[]) => [...before, name])
        .default([], "all that were scanned"),
    )
    .action((project: string, options: ReportOptions & { outputName: string[] }) =>
      withEngine(host, async (client) => {
        requireOneOnStandardOutput(options);
        const request = { project, modelOutputs: options.outputName };
        setExitCode(await report(host, client, signal, request, options));
      }),
    );

  program
    .command("export")
    .description("write a scanned project's data to a file: .npy, .parquet, .csv or .jsonl")
    .argument("<PROJECT>", "project file")
    .addOption(new Option("--what <DATA>", "what to write").choices(EXPORTS).makeOptionMandatory())
    .requiredOption("--out <FILE>", "file to write; its ending chooses the format")
    .option("--response, --output-name <NAME>", "model output to write")
    .action(
      (
        project: string,
        {
          what,
          out,
          outputName,
        }: { what: (typeof EXPORTS)[number]; out: string; outputName?: string },
      ) =>
        withEngine(host, async (client) => {
          const request = { project, what, out, ...(outputName && { modelOutput: outputName }) };
          const { files, rows } = await client.export(request, { signal });
          host.stderr.write(
            `${count(rows)} ${rows === 1 ? "row" : "rows"} in ${files.map(printable).join(", ")}\n`,
          );
        }),
    );

  addPlanCommand(program, host, signal);
  addApplyCommand(program, host, signal, setExitCode);
  addUndoCommand(program, host, signal, setExitCode);
  addDecisionsCommand(program, host, signal);
  addCalibrateCommand(program, host, signal);

  addReportOptions(
    program
      .command("demo")
      .description("draw a small data set with known duplicates of every kind and scan it")
      .option("--out <DIR>", "keep the data set and its project in this empty or new folder"),
  )
    .option("--no-progress", "show no progress")
    .action((options: ReportOptions & { out?: string; progress: boolean }) =>
      withEngine(host, async (client) => setExitCode(await demo(host, client, signal, options))),
    );

  addServeOptions(
    program
      .command("serve")
      .description(
        "open the interface in a browser on this machine: prints an address that works once; Ctrl-C ends it, exit code 0",
      )
      .argument("[PROJECT]", "project file to begin with"),
  ).action((project: string | undefined, { root, port, open }: ServeOptions) =>
    host.serve({ project, roots: root, port, open: open ?? false, signal }),
  );

  program
    .command("devices")
    .description("list where the model can run on this machine, and why not elsewhere")
    .action(() =>
      withEngine(host, async (client) => {
        for (const { device, available, reason } of await client.devices(undefined, { signal })) {
          host.stdout.write(
            `${device.padEnd(9)} ${available ? "available" : `not available: ${reason}`}\n`,
          );
        }
      }),
    );
  return program;
}

interface ScanCommand extends Omit<ScanOptions, "split"> {
  readonly found: ScanRequest["splits"];
}

async function scanAndReport(
  host: ProgramHost,
  client: EngineClient,
  signal: AbortSignal,
  options: ScanCommand,
): Promise<number> {
  const display = new ProgressDisplay(host.stderr);
  const {
    found,
    project,
    model,
    pca,
    preset,
    device,
    neighbors,
    exact,
    batchSize,
    protect,
    threads,
  } = options;
  const events = await client.scan(
    {
      splits: found,
      modelOutputs: options.outputName,
      device,
      neighbors,
      batchSize,
      protect,
      exact: exact ?? false,
      ...(project === undefined ? {} : { project }),
      ...(model === undefined ? {} : { model }),
      ...(pca === undefined ? {} : { pca }),
      ...(preset === undefined ? {} : { preset }),
      ...(threads === undefined ? {} : { threads }),
    },
    { signal },
  );
  let scanned: string;
  try {
    for (;;) {
      const { done, value } = await events.next();
      if (done) {
        scanned = value.project;
        break;
      }
      if (value.type === "progress" && options.progress && !options.quiet) display.show(value);
      if (value.type === "device" && !options.quiet) display.note(deviceText(value));
      if (value.type === "warning" && !options.quiet) display.note(printable(value.message));
    }
  } finally {
    display.clear();
  }
  const threshold = options.threshold ?? (preset === "dnikit" ? DNIKIT_THRESHOLD : undefined);
  return await report(
    host,
    client,
    signal,
    { project: scanned },
    { ...options, ...(threshold && { threshold }) },
  );
}

/** The strategy that `--preset dnikit` stands for. */
const DNIKIT_THRESHOLD = { strategy: "slope", sensitivity: DNIKIT.slopeSensitivity } as const;

async function report(
  host: ProgramHost,
  client: EngineClient,
  signal: AbortSignal,
  request: Pick<ReportRequest, "project" | "modelOutputs">,
  options: ReportOptions,
): Promise<number> {
  const outputs = reportOutputs(options);
  const chunks = await client.report(
    {
      ...request,
      outputs,
      grouping: options.grouping,
      ...(options.threshold && { threshold: options.threshold }),
    },
    { signal },
  );
  let summary: ReportSummary;
  for (;;) {
    const { done, value } = await chunks.next();
    if (done) {
      summary = value;
      break;
    }
    await written(host.stdout, bytesFromPathText(value.text));
  }
  // The summary must not stand in the middle of a report that goes to another program.
  const out = Object.values(outputs).includes(STANDARD_OUTPUT) ? host.stderr : host.stdout;
  if (!options.quiet)
    await written(
      out,
      summaryText(summary, options.keepsProject === false ? null : resolve(request.project)),
    );
  return gate(host, summary, options);
}

function requireOneOnStandardOutput(options: ReportOptions): void {
  requireOneTarget(reportOutputs(options));
}

function requireTrainForGate(
  splits: readonly { name: string }[],
  { failOnLeak }: ReportOptions,
): void {
  if (failOnLeak === undefined || splits.some(({ name }) => name === TRAIN)) return;
  throw new ExitError(EXIT.usage, "--fail-on-leak needs a split named train.");
}

function gate(host: ProgramHost, summary: ReportSummary, options: ReportOptions): number {
  requireTrainForGate(summary.splits, options);
  const { failOnLeak } = options;
  if (failOnLeak === undefined) return EXIT.done;
  const over = summary.leaks.filter(
    ({ into, images, of }) => into === TRAIN && 100 * images > failOnLeak * of,
  );
  for (const { from, percent } of over) {
    host.stderr.write(
      `twinlens: ${percent} % of ${printable(from)} has a duplicate in train, the limit is ${failOnLeak} %.\n`,
    );
  }
  return over.length > 0 ? EXIT.leak : EXIT.done;
}

async function demo(
  host: ProgramHost,
  client: EngineClient,
  signal: AbortSignal,
  options: ReportOptions & { out?: string; progress: boolean },
): Promise<number> {
  requireOneOnStandardOutput(options);
  const out = options.out ?? (await mkdtemp(join(tmpdir(), "twinlens-demo-")));
  try {
    const { splits, images, pairs } = await client.demo({ out }, { signal });
    if (!options.quiet) {
      host.stderr.write(
        `Drew ${count(images)} pictures with ${count(pairs)} known pairs in ${printable(resolve(out))}\n`,
      );
    }
    return await scanAndReport(host, client, signal, {
      ...options,
      found: splits,
      project: join(out, "demo.twinlens"),
      keepsProject: options.out !== undefined,
      outputName: [],
      device: "auto",
      neighbors: 10,
      batchSize: 32,
      protect: [],
    });
  } finally {
    if (options.out === undefined) await rm(out, { recursive: true, force: true });
  }
}
