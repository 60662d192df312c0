import { type Command, Option } from "commander";
import { type CalibrateResult, DEFAULT_CALIBRATION_IMAGES } from "../contract/calibrate.ts";
import { AUTO_CONFIDENCE } from "../contract/threshold.ts";
import { type EngineClient, readEvents } from "../engine-client/engine-client.ts";
import { countOf } from "../text/figures.ts";
import { EXIT } from "./exit-codes.ts";
import {
  addSplitOptions,
  type DeviceOption,
  deviceOption,
  namedSplits,
  type SplitOptions,
  threadsOption,
  wholeNumber,
} from "./options.ts";
import { ExitError, type ProgramRun, withEngine, written } from "./program-host.ts";
import { ProgressDisplay } from "./progress.ts";
import { deviceText } from "./summary.ts";
import { printable } from "./terminal-text.ts";

interface CalibrateOptions extends SplitOptions {
  project?: string;
  model: string;
  out?: string;
  images: number;
  device: DeviceOption;
  threads?: number;
  progress: boolean;
}

/** `twinlens calibrate` */
export function addCalibrateCommand(program: Command, run: ProgramRun): void {
  addSplitOptions(
    program
      .command("calibrate")
      .description(
        "fit the confidence of another model to your images, using edited copies of them, and store it in the model's manifest",
      )
      .argument(
        "[ROOT]",
        "folder that contains train, test and val folders; or name the folders with options",
      ),
  )
    .requiredOption("--model <FILE.onnx>", "the model, with its manifest (.json) next to it")
    .option("--project <FILE>", "use the folders of this scanned project")
    .option(
      "--out <FILE>",
      "write the manifest to this new file (default: update the one next to the model and keep a .json.backup)",
    )
    .addOption(
      new Option("--images <N>", "use at most this many images")
        .argParser(wholeNumber(50, 100_000))
        .default(DEFAULT_CALIBRATION_IMAGES),
    )
    .addOption(deviceOption())
    .addOption(threadsOption("inference"))
    .option("--no-progress", "do not show progress")
    .action((root: string | undefined, options: CalibrateOptions) =>
      withEngine(run, async (client) => {
        const result = await calibrate(run, client, root, options);
        await written(run.host.stdout, resultText(result));
      }),
    );
}

async function calibrate(
  { host, signal }: ProgramRun,
  client: EngineClient,
  root: string | undefined,
  options: CalibrateOptions,
): Promise<CalibrateResult> {
  const { project, model, out, images, device, threads, progress } = options;
  const named = namedSplits(options);
  const sources = [root, project, named[0]].filter((source) => source !== undefined);
  if (sources.length !== 1) {
    throw new ExitError(
      EXIT.usage,
      "Give one ROOT, a --project, or folders (--train DIR, --test DIR, --split NAME=DIR).",
    );
  }
  const splits =
    root === undefined ? named : (await client.recognizeSplits({ root }, { signal })).splits;
  const request = {
    model,
    splits,
    images,
    device,
    ...(project !== undefined && { project }),
    ...(out !== undefined && { out }),
    ...(threads !== undefined && { threads }),
  };
  const display = new ProgressDisplay(host.stderr);
  try {
    return await readEvents(await client.calibrate(request, { signal }), (event) => {
      if (event.type === "progress" && progress) display.show(event);
      if (event.type === "device") display.note(deviceText(event));
    });
  } finally {
    display.clear();
  }
}

function resultText({ images, copies, modelOutputs, manifest, backup }: CalibrateResult): string {
  const lines = modelOutputs.map(({ name, duplicates, found, others, mistaken }) => {
    const precision = found === 0 ? "undefined (none found)" : ratio(found, found + mistaken);
    return (
      `${printable(name)}: ${countOf(duplicates, "duplicate pair")}, ${countOf(others, "other pair")}; ` +
      `at confidence ${AUTO_CONFIDENCE} precision ${precision}, recall ${ratio(found, duplicates)}`
    );
  });
  const saved = backup === null ? "" : ` The previous one is ${printable(backup)}.`;
  return [
    `Used ${countOf(images, "image")} and ${countOf(copies, "edited copy", "edited copies")} of them.`,
    ...lines,
    `Wrote ${printable(manifest)}.${saved}`,
    "",
  ].join("\n");
}

function ratio(part: number, whole: number): string {
  return whole === 0 ? "undefined" : (part / whole).toFixed(3);
}
