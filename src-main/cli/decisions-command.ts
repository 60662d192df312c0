import type { Command } from "commander";
import { MOST_DECISIONS_BYTES } from "../contract/decisions.ts";
import { importOutcome } from "../text/decisions-import.ts";
import { countOf } from "../text/figures.ts";
import { readBounded } from "../text/read-bounded.ts";
import { EXIT } from "./exit-codes.ts";
import { ExitError, type ProgramRun, withEngine } from "./program-host.ts";
import { printable } from "./terminal-text.ts";

/** `twinlens decisions export` and `twinlens decisions import` */
export function addDecisionsCommand(program: Command, run: ProgramRun): void {
  const { host, signal } = run;
  const decisions = program
    .command("decisions")
    .description("exchange review decisions with another machine or a colleague")
    .helpCommand("help [command]", "show the help of a command");
  decisions
    .command("export")
    .description("write marks, corrected labels and pairs marked as not duplicates to a JSON file")
    .argument("<PROJECT>", "project file")
    .argument("[FILE]", "file to write")
    .option("--out <FILE>", "the same, as an option")
    .action(async (project: string, file: string | undefined, { out }: { out?: string }) => {
      const [target, ...others] = [file, out].filter((name) => name !== undefined);
      if (target === undefined || others.length > 0)
        throw new ExitError(EXIT.usage, "Give one FILE to write the decisions to.");
      await withEngine(run, async (client) => {
        const { decisions } = await client.decisions.export({ project, out: target }, { signal });
        host.stderr.write(`Wrote ${countOf(decisions, "decision")} to ${printable(target)}\n`);
      });
    });
  decisions
    .command("import")
    .description("import decisions from such a file, as one step that can be undone in the app")
    .argument("<PROJECT>", "project file")
    .argument("<FILE>", "file that `decisions export` wrote")
    .option("--replace", "let the file's decisions replace conflicting ones in the project")
    .action(async (project: string, name: string, { replace = false }: { replace?: boolean }) => {
      const file = new Blob([await readDecisions(name)]);
      await withEngine(run, async (client) => {
        const outcome = await client.decisions.import({ project, file, replace }, { signal });
        for (const line of importOutcome(outcome, replace)) host.stderr.write(`${line}\n`);
      });
    });
}

async function readDecisions(file: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readBounded(file, MOST_DECISIONS_BYTES));
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new ExitError(
        EXIT.usage,
        `Cannot import ${file}: ${cause.message}. Choose a file that Twinlens exported.`,
      );
    }
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "the file does not exist" : (code ?? String(cause));
    throw new ExitError(EXIT.failed, `Cannot read ${file}: ${reason}.`);
  }
}
