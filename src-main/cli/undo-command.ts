import type { Command } from "commander";
import { countOf } from "../text/figures.ts";
import { EXIT } from "./exit-codes.ts";
import { type ProgramHost, withEngine, written } from "./program-host.ts";
import { resultLine } from "./result-line.ts";

/** `twinlens undo` */
export function addUndoCommand(
  program: Command,
  host: ProgramHost,
  signal: AbortSignal,
  setExitCode: (code: number) => void,
): void {
  program
    .command("undo")
    .description("bring back what the last apply took away; nothing is overwritten")
    .argument("<PROJECT>", "project file")
    .option("--yes", "ask nothing, as apply has it; undo never does")
    .option("--quiet", "name only the files that do not come back")
    .action((project: string, { quiet }: { quiet?: boolean }) =>
      withEngine(host, async (client) => {
        const results = await client.apply.undo({ project }, { signal });
        for (;;) {
          const { done, value } = await results.next();
          if (!done) {
            if (!quiet || !value.done) await written(host.stdout, resultLine("back", value));
            continue;
          }
          const { done: back, left, rescan } = value;
          if (left > 0) setExitCode(EXIT.failed);
          if (quiet) return;
          const stays = left > 0 ? `, ${left} did not` : "";
          const images = countOf(back, "image");
          const again = rescan ? " The project was scanned since: scan again to see them." : "";
          await written(host.stdout, `${images} came back${stays}.${again}\n`);
          return;
        }
      }),
    );
}
