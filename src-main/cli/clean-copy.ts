import { resolve } from "node:path";
import type { CopyCounts, CopyEvent, CopyRequest } from "../contract/clean-copy.ts";
import { readEvents } from "../engine-client/engine-client.ts";
import { countOf } from "../text/figures.ts";
import { EXIT } from "./exit-codes.ts";
import { ExitError, type ProgramRun, withEngine, written } from "./program-host.ts";
import { printable, resultLine } from "./terminal-text.ts";

/**
 * Makes a clean copy of the data set and prints what it leaves out.
 * @param quiet prints only differences from the plan.
 */
export async function makeCopy(
  run: ProgramRun,
  request: CopyRequest,
  quiet: boolean,
): Promise<void> {
  const { host, signal } = run;
  const folder = resolve(request.folder);
  await withEngine(run, async (client) => {
    try {
      const events = await client.apply.copy({ ...request, folder }, { signal });
      const counts = await readEvents(events, async (event) => {
        if (event.type === "progress") return;
        const asPlanned = event.type === "manifest" || (event.type === "result" && event.done);
        if (!quiet || !asPlanned) await written(host.stdout, eventLine(event));
      });
      if (!quiet) await written(host.stdout, summary(counts, folder, request.dryRun ?? false));
      return counts.left + counts.problems > 0 ? EXIT.failed : EXIT.done;
    } catch (cause) {
      if (!signal.aborted || request.dryRun) throw cause;
      throw new ExitError(
        EXIT.cancelled,
        `Cancelled. The copy in ${folder} is incomplete. Run the same command to start it over.`,
      );
    }
  });
}

function eventLine(event: Exclude<CopyEvent, { type: "progress" }>): string {
  if (event.type === "result") return resultLine("left out", event);
  const name = printable(`${event.split}/${event.path}`);
  if (event.type === "problem") return `problem   ${name}  ${printable(event.reason)}\n`;
  const { rows, annotations } = event;
  const removed = [
    countOf(rows, "row"),
    ...(annotations > 0 ? [countOf(annotations, "annotation")] : []),
  ];
  return `written   ${name}  without ${removed.join(" and ")}\n`;
}

function summary(counts: CopyCounts, folder: string, dryRun: boolean): string {
  const { done, left, images, others, linked, manifests, problems } = counts;
  const what = `${countOf(images, "image")} and ${countOf(others, "other file")}`;
  const parts = [
    `${what} ${dryRun ? "would be" : "are"} in ${printable(folder)}, ${countOf(done, "image")} left out`,
    ...(manifests > 0 ? [`their rows removed from ${countOf(manifests, "manifest")}`] : []),
    ...(left > 0 ? [`${countOf(left, "image")} copied against the plan`] : []),
    ...(problems > 0 ? [countOf(problems, "problem")] : []),
  ];
  const note =
    linked > 0
      ? "The files are hard links: editing one in place also changes the original. Use --copy-by file for separate files.\n"
      : "";
  return `${parts.join("; ")}.\n${note}`;
}
