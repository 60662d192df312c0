import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { readEvents } from "../engine-client/engine-client.ts";
import { countOf } from "../text/figures.ts";
import { EXIT } from "./exit-codes.ts";
import { append } from "./options.ts";
import { type ProgramRun, withEngine, written } from "./program-host.ts";
import { resultLine } from "./terminal-text.ts";

/** `twinlens undo` */
export function addUndoCommand(program: Command, run: ProgramRun): void {
  const { host, signal } = run;
  program
    .command("undo")
    .description("restore the files that the last apply removed; overwrites nothing")
    .argument("<PROJECT>", "project file")
    .addOption(
      new Option(
        "--sidecar-root <DIR>",
        "folder outside the data set that files may be restored to, as named for the apply (repeatable)",
      )
        .argParser(append)
        .default([], "none"),
    )
    .option("--yes", "accepted for symmetry with apply; undo never asks")
    .option("--quiet", "print only the files that cannot be restored")
    .action((project: string, { quiet, sidecarRoot }: { quiet?: boolean; sidecarRoot: string[] }) =>
      withEngine(run, async (client) => {
        const sidecarRoots = sidecarRoot.map((root) => resolve(root));
        const results = await client.apply.undo({ project, sidecarRoots }, { signal });
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
