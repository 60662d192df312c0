import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { importOutcome } from "../text/decisions-import.ts";
import { EXIT } from "./exit-codes.ts";
import { ExitError, type ProgramHost, withEngine } from "./program-host.ts";
import { count, printable } from "./progress.ts";

/** `twinlens decisions export` and `twinlens decisions import` */
export function addDecisionsCommand(
  program: Command,
  host: ProgramHost,
  signal: AbortSignal,
): void {
  const decisions = program
    .command("decisions")
    .description("take what was decided in a project to another machine or a colleague, and back");
  decisions
    .command("export")
    .description("write marks, right labels and what is no duplicate to a JSON file")
    .argument("<PROJECT>", "project file")
    .requiredOption("--out <FILE>", "file to write")
    .action((project: string, { out }: { out: string }) =>
      withEngine(host, async (client) => {
        const { decisions } = await client.decisions.export({ project, out }, { signal });
        host.stderr.write(`${count(decisions)} decisions in ${printable(out)}\n`);
      }),
    );
  decisions
    .command("import")
    .description("take decisions over from such a file, in one step that undo takes back")
    .argument("<PROJECT>", "project file")
    .argument("<FILE>", "file that decisions export wrote")
    .option("--replace", "where another decision was taken here, take the file's instead")
    .action(async (project: string, name: string, { replace = false }: { replace?: boolean }) => {
      const file = new Blob([await readGiven(name)]);
      await withEngine(host, async (client) => {
        const outcome = await client.decisions.import({ project, file, replace }, { signal });
        for (const line of importOutcome(outcome, replace)) host.stderr.write(`${line}\n`);
      });
    });
}

async function readGiven(file: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ExitError(EXIT.failed, `Cannot read ${file}: ${code ?? String(cause)}.`);
  }
}
