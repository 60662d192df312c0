import { resolve } from "node:path";
import type { CopyCounts, CopyEvent, CopyRequest } from "../contract/clean-copy.ts";
import { countOf } from "../text/figures.ts";
import { EXIT } from "./exit-codes.ts";
import { ExitError, type ProgramHost, withEngine, written } from "./program-host.ts";
import { printable } from "./progress.ts";
import { resultLine } from "./result-line.ts";

/**
 * Has a clean copy of the data set made, and prints what it is without.
 * @param quiet names only what is not as the plan has it
 * @returns the exit code
 */
export async function makeCopy(
  host: ProgramHost,
  signal: AbortSignal,
  request: CopyRequest,
  quiet: boolean,
): Promise<number> {
  const folder = resolve(request.folder);
  let code: number = EXIT.done;
  await withEngine(host, async (client) => {
    try {
      const events = await client.apply.copy({ ...request, folder }, { signal });
      for (;;) {
        const { done, value } = await events.next();
        if (done) {
          if (value.left + value.problems > 0) code = EXIT.failed;
          if (!quiet) await written(host.stdout, summary(value, folder, request.dryRun ?? false));
          return;
        }
        if (value.type === "progress") continue;
        const asPlanned = value.type === "manifest" || (value.type === "result" && value.done);
        if (!quiet || !asPlanned) await written(host.stdout, eventLine(value));
      }
    } catch (cause) {
      if (!signal.aborted || request.dryRun) throw cause;
      const words = `Cancelled. The copy in ${folder} is incomplete; the same command starts it over.`;
      throw new ExitError(EXIT.cancelled, words);
    }
  });
  return code;
}

function eventLine(event: Exclude<CopyEvent, { type: "progress" }>): string {
  if (event.type === "result") return resultLine("left out", event);
  const name = printable(`${event.split}/${event.path}`);
  if (event.type === "problem") return `problem   ${name}  ${printable(event.reason)}\n`;
  const { rows, annotations } = event;
  const own = annotations > 0 ? ` and ${countOf(annotations, "annotation")}` : "";
  return `written   ${name}  without ${countOf(rows, "row")}${own}\n`;
}

function summary(counts: CopyCounts, folder: string, dryRun: boolean): string {
  const { done, left, images, others, linked, manifests, problems } = counts;
  const what = `${countOf(images, "image")} and ${countOf(others, "other file")}`;
  const parts = [
    `${what} ${dryRun ? "would be" : "are"} in ${printable(folder)}, ${countOf(done, "image")} left out`,
    ...(manifests > 0
      ? [`rows of what is left out are not in ${countOf(manifests, "manifest")}`]
      : []),
    ...(left > 0
      ? [`${countOf(left, "image")} in it although the plan removes ${left === 1 ? "it" : "them"}`]
      : []),
    ...(problems > 0 ? [countOf(problems, "problem")] : []),
  ];
  const note =
    linked > 0
      ? "Files are hard links: to edit one in its place edits the original, too. --copy-by file makes files of their own.\n"
      : "";
  return `${parts.join("; ")}.\n${note}`;
}
