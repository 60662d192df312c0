import { type Command, Option } from "commander";
import { type CalibrateResult, DEFAULT_CALIBRATION_IMAGES } from "../contract/calibrate.ts";
import { DEVICES } from "../contract/scan-request.ts";
import { EXIT } from "./exit-codes.ts";
import { addSplitOptions, namedSplits, type SplitOptions, wholeNumber } from "./options.ts";
import { ExitError, type ProgramHost, withEngine, written } from "./program-host.ts";
import { count, ProgressDisplay, printable } from "./progress.ts";
import { deviceText } from "./summary.ts";

interface Options extends SplitOptions {
  project?: string;
  model: string;
  out?: string;
  images: number;
  device: (typeof DEVICES)[number];
  threads?: number;
  progress: boolean;
}

/** `twinlens calibrate` */
export function addCalibrateCommand(
  program: Command,
  host: ProgramHost,
  signal: AbortSignal,
): void {
  addSplitOptions(
    program
      .command("calibrate")
      .description(
        "fit the confidence of another model on your own images, from edited copies made of them; writes it into the model's manifest",
      )
      .argument("[ROOT]", "data set with train, test, val folders in it; or name folders"),
  )
    .requiredOption("--model <FILE.onnx>", "the model, with its manifest (.json) beside it")
    .option("--project <FILE>", "take the folders of this scanned project")
    .option(
      "--out <FILE>",
      "write the manifest to this new file (default: the one beside the model; what it was is kept as .json.backup)",
    )
    .addOption(
      new Option("--images <N>", "look at no more images than this")
        .argParser(wholeNumber(50, 100_000))
        .default(DEFAULT_CALIBRATION_IMAGES),
    )
    .addOption(
      new Option("--device <NAME>", "where the model runs").choices(DEVICES).default("auto"),
    )
    .addOption(
      new Option("--threads <N>", "threads for inference (default: all cores)").argParser(
        wholeNumber(1, 256),
      ),
    )
    .option("--no-progress", "show no progress")
    .action((root: string | undefined, options: Options) =>
      withEngine(host, async (client) => {
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
          root === undefined ? named : await client.recognizeSplits({ root }, { signal });
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
        let result: CalibrateResult;
        try {
          const events = await client.calibrate(request, { signal });
          for (;;) {
            const { done, value } = await events.next();
            if (done) {
              result = value;
              break;
            }
            if (value.type === "progress" && progress) display.show(value);
            if (value.type === "device") display.note(deviceText(value));
          }
        } finally {
          display.clear();
        }
        await written(host.stdout, resultText(result));
      }),
    );
}

function resultText({ images, copies, modelOutputs, manifest, backup }: CalibrateResult): string {
  const lines = modelOutputs.map(({ name, duplicates, found, others, mistaken }) => {
    const precision = found === 0 ? "none flagged" : share(found, found + mistaken);
    return (
      `${printable(name)}: ${count(duplicates)} pairs with a copy, ${count(others)} others; at confidence 0.9 ` +
      `precision ${precision}, recall ${share(found, duplicates)}`
    );
  });
  const kept = backup === null ? "" : ` What it was: ${printable(backup)}`;
  return [
    `Looked at ${count(images)} images and ${count(copies)} edited copies of them.`,
    ...lines,
    `Wrote ${printable(manifest)}.${kept}`,
    "",
  ].join("\n");
}

function share(part: number, whole: number): string {
  return whole === 0 ? "unknown" : (part / whole).toFixed(3);
}
