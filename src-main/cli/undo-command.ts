import type { Command } from "commander";
import { readEvents } from "../engine-client/engine-client.ts";
import { countOf } from "../text/figures.ts";
import { EXIT } from "./exit-codes.ts";
import { type ProgramRun, withEngine, written } from "./program-host.ts";
import { resultLine } from "./terminal-text.ts";

/** `twinlens undo` */
export function addUndoCommand(program: Command, run: ProgramRun): void {
  const { host, signal } = run;
  program
    .command("undo")
    .description("restore the files that the last apply removed; overwrites nothing")
    .argument("<PROJECT>", "project file")
    .option("--yes", "accepted for symmetry with apply; undo never asks")
    .option("--quiet", "print only the files that cannot be restored")
    .action((project: string, { quiet }: { quiet?: boolean }) =>
      withEngine(run, async (client) => {
        const results = await client.apply.undo({ project }, { signal });
        const { done, left, rescan } = await readEvents(results, async (result) => {
          if (!quiet || !result.done) await written(host.stdout, resultLine("restored", result));
        });
        if (!quiet) {
          const missing = left > 0 ? `, ${left} not restored` : "";
          const hint = rescan ? " Scan again to see them: the project was scanned since." : "";
          await written(host.stdout, `${countOf(done, "image")} restored${missing}.${hint}\n`);
        }
        return left > 0 ? EXIT.failed : EXIT.done;
      }),
    );
}
