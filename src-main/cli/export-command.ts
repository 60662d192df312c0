import { type Command, Option } from "commander";
import { EXPORTS } from "../contract/contract.ts";
import { countOf } from "../text/figures.ts";
import { outputNameOption } from "./options.ts";
import { type ProgramRun, withEngine } from "./program-host.ts";
import { printable } from "./terminal-text.ts";

interface ExportOptions {
  what: (typeof EXPORTS)[number];
  out: string;
  outputName?: string;
}

/** `twinlens export` */
export function addExportCommand(program: Command, run: ProgramRun): void {
  program
    .command("export")
    .description("write a scanned project's data as .npy, .parquet, .csv or .jsonl")
    .argument("<PROJECT>", "project file")
    .addOption(new Option("--what <DATA>", "what to write").choices(EXPORTS).makeOptionMandatory())
    .requiredOption("--out <FILE>", "file to write; its extension chooses the format")
    .addOption(outputNameOption("model output to export (default: the first of the last scan)"))
    .action((project: string, { what, out, outputName }: ExportOptions) =>
      withEngine(run, async (client) => {
        const request = { project, what, out, ...(outputName && { modelOutput: outputName }) };
        const { files, rows } = await client.export(request, { signal: run.signal });
        run.host.stderr.write(
          `Wrote ${countOf(rows, "row")} to ${files.map(printable).join(" and ")}\n`,
        );
      }),
    );
}
