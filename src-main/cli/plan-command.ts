import type { Command } from "commander";
import { readEvents } from "../engine-client/engine-client.ts";
import { bytesFromPathText, STANDARD_OUTPUT } from "../text/paths.ts";
import { requestedOutputs, requireOneOnStandardOutput } from "./options.ts";
import { addPlanOptions, type PlanOptions, planRequest } from "./plan-options.ts";
import { operationsText, planSummary } from "./plan-summary.ts";
import { type ProgramRun, withEngine, written } from "./program-host.ts";

interface Options extends PlanOptions {
  json?: string;
  csv?: string;
  keepList?: string;
  removeList?: string;
  quiet?: boolean;
}

/** `twinlens plan` */
export function addPlanCommand(program: Command, run: ProgramRun): void {
  const { host, signal } = run;
  addPlanOptions(
    program
      .command("plan")
      .description(
        "list what would be removed and why, from your marks and the keeper rules; changes no file",
      )
      .argument("<PROJECT>", "project file"),
  )
    .option("--json <FILE>", "write the plan as JSON (twinlens.plan/1)")
    .option("--csv <FILE>", "write one row per image to remove")
    .option("--keep-list <FILE>", "write the paths of the images that stay, one per line")
    .option("--remove-list <FILE>", "write the paths of the images to remove, one per line")
    .option("--quiet", "print only errors and files sent to standard output")
    .addHelpText("after", "\nAny FILE to write can be - for standard output.")
    .action(async (project: string, options: Options) => {
      const { json, csv, keepList, removeList, quiet } = options;
      const outputs = requestedOutputs({ json, csv, keepList, removeList });
      requireOneOnStandardOutput(outputs);
      const request = { ...(await planRequest(project, options)), outputs };
      await withEngine(run, async (client) => {
        const plan = await readEvents(await client.plan.write(request, { signal }), ({ text }) =>
          written(host.stdout, bytesFromPathText(text)),
        );
        if (quiet) return;
        const targets = Object.values(outputs);
        const out = targets.includes(STANDARD_OUTPUT) ? host.stderr : host.stdout;
        if (targets.length === 0) await written(out, operationsText(plan));
        await written(out, planSummary(plan));
      });
    });
}
