import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { DNIKIT } from "../contract/dnikit.ts";
import {
  DEFAULT_BATCH_SIZE,
  DEFAULT_MAX_PIXELS,
  DEFAULT_NEIGHBORS,
  PRESETS,
  type ScanRequest,
} from "../contract/scan-request.ts";
import type { Threshold } from "../contract/threshold.ts";
import { type EngineClient, readEvents } from "../engine-client/engine-client.ts";
import { EXIT } from "./exit-codes.ts";
import {
  addSplitOptions,
  append,
  type DeviceOption,
  deviceOption,
  namedSplits,
  outputNameOption,
  type SplitOptions,
  threadsOption,
  wholeNumber,
} from "./options.ts";
import { ExitError, type ProgramRun, withEngine } from "./program-host.ts";
import { ProgressDisplay } from "./progress.ts";
import {
  addReportOptions,
  type ReportOptions,
  requireGatedSplit,
  requireOneReportOnStandardOutput,
  writeReports,
} from "./report-command.ts";
import { deviceText } from "./summary.ts";
import { printable } from "./terminal-text.ts";

interface ScanOptions extends ReportOptions, SplitOptions {
  project?: string;
  model?: string;
  outputName: string[];
  pca?: number;
  preset?: (typeof PRESETS)[number];
  device: DeviceOption;
  neighbors: number;
  exact?: boolean;
  batchSize: number;
  protect: string[];
  threads?: number;
  maxPixels: number;
  followLinks: string[];
  progress: boolean;
}

/** The threshold of `--preset dnikit`. */
const DNIKIT_THRESHOLD: Threshold = {
  strategy: "slope",
  sensitivity: DNIKIT.slopeSensitivity,
};

/** `twinlens scan` */
export function addScanCommand(program: Command, run: ProgramRun): void {
  addScanOptions(
    program
      .command("scan")
      .description(
        "scan a data set into a project, print a summary and write the requested reports",
      )
      .argument(
        "[ROOT]",
        "folder that contains train, test and val folders; or name the folders with options",
      ),
  ).action((root: string | undefined, options: ScanOptions) =>
    withEngine(run, async (client) => {
      requireOneReportOnStandardOutput(options);
      const named = namedSplits(options);
      if ((root === undefined) === (named.length === 0)) {
        throw new ExitError(
          EXIT.usage,
          "Give either one ROOT or split folders (--train DIR, --test DIR, --split NAME=DIR).",
        );
      }
      const splits =
        root === undefined
          ? named
          : (await client.recognizeSplits({ root }, { signal: run.signal })).splits;
      requireGatedSplit(splits, options);
      const request = scanRequest(splits, root, options);
      const project = await scan(run, client, request, options);
      const threshold =
        options.threshold ?? (options.preset === "dnikit" ? DNIKIT_THRESHOLD : undefined);
      const reported = { ...options, ...(threshold && { threshold }) };
      return await writeReports(run, client, { project }, reported, resolve(project));
    }),
  );
}

function addScanOptions(command: Command): Command {
  addSplitOptions(command)
    .option(
      "--project <FILE>",
      "project file to create or update (default: one in your data folder, reused for the same folders)",
    )
    .option(
      "--model <NAME|FILE.onnx>",
      "bundled model, or an ONNX file with its manifest (.json) next to it",
    )
    .addOption(
      outputNameOption("model output to compare images by, or all for every output (repeatable)")
        .argParser(append)
        .default([], "the model's first output"),
    );
  return addReportOptions(command)
    .addOption(
      new Option(
        "--preset <NAME>",
        "use a complete method: dnikit reproduces the Duplicates introspector of Apple DNIKit",
      ).choices(PRESETS),
    )
    .addOption(
      new Option("--pca <N>", "reduce embeddings to N dimensions first").argParser(wholeNumber(1)),
    )
    .addOption(deviceOption())
    .addOption(
      new Option("--neighbors <K>", "nearest neighbors to keep per image and split")
        .argParser(wholeNumber(1, 1000))
        .default(DEFAULT_NEIGHBORS),
    )
    .option("--exact", "search neighbors exactly, even in large data sets")
    .addOption(
      new Option("--batch-size <N>", "images per run of the model")
        .argParser(wholeNumber(1, 1024))
        .default(DEFAULT_BATCH_SIZE),
    )
    .addOption(
      new Option("--protect <SPLIT>", "never suggest removing images of this split (repeatable)")
        .argParser(append)
        .default([], "none"),
    )
    .addOption(threadsOption("decoding and inference"))
    .addOption(
      new Option("--max-pixels <N>", "do not read images with more pixels")
        .argParser(wholeNumber(1))
        .default(DEFAULT_MAX_PIXELS),
    )
    .addOption(
      new Option(
        "--follow-links <DIR>",
        "folder outside the data set that links may lead to (repeatable)",
      )
        .argParser(append)
        .default([], "links within ROOT, and into .dvc/cache and Hugging Face blobs, are followed"),
    )
    .option("--no-progress", "do not show progress");
}

/** @param root in which the splits were recognized; splits named one by one are what they are */
function scanRequest(
  splits: ScanRequest["splits"],
  root: string | undefined,
  options: ScanOptions,
): ScanRequest {
  const { project, model, pca, preset, device, neighbors, exact, batchSize, protect, threads } =
    options;
  return {
    splits,
    ...(root === undefined ? { oneSplit: true } : { roots: [resolve(root)] }),
    modelOutputs: options.outputName,
    device,
    neighbors,
    batchSize,
    protect,
    exact: exact ?? false,
    maxPixels: options.maxPixels,
    followLinks: options.followLinks.map((folder) => resolve(folder)),
    ...(project !== undefined && { project }),
    ...(model !== undefined && { model }),
    ...(pca !== undefined && { pca }),
    ...(preset !== undefined && { preset }),
    ...(threads !== undefined && { threads }),
  };
}

/** Scans, showing progress. @returns the project file. */
export async function scan(
  { host, signal }: ProgramRun,
  client: EngineClient,
  request: ScanRequest,
  { progress, quiet }: { readonly progress: boolean; readonly quiet?: boolean },
): Promise<string> {
  const display = new ProgressDisplay(host.stderr);
  try {
    const events = await client.scan(request, { signal });
    const { project } = await readEvents(events, (event) => {
      if (quiet) return;
      if (event.type === "progress" && progress) display.show(event);
      if (event.type === "device") display.note(deviceText(event));
      if (event.type === "warning") display.note(printable(event.message));
    });
    return project;
  } finally {
    display.clear();
  }
}
