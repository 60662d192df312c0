import type { Command } from "commander";
import type { Plan } from "../contract/plan.ts";
import type { EngineClient } from "../engine-client/engine-client.ts";
import { bytesFromPathText, STANDARD_OUTPUT } from "../text/paths.ts";
import { addPlanOptions, type PlanOptions, planRequest } from "./plan-options.ts";
import { operationsText, planSummary } from "./plan-summary.ts";
import { type ProgramHost, requireOneTarget, withEngine, written } from "./program-host.ts";

interface Options extends PlanOptions {
  json?: string;
  csv?: string;
  keepList?: string;
  removeList?: string;
  quiet?: boolean;
}

/** `twinlens plan` */
export function addPlanCommand(program: Command, host: ProgramHost, signal: AbortSignal): void {
  addPlanOptions(
    program
      .command("plan")
      .description(
        "say what would be removed and why, from your marks and the keeper rules; changes no file",
      )
      .argument("<PROJECT>", "project file"),
  )
    .option("--json <FILE>", "write the plan as JSON (twinlens.plan/1); - is standard output")
    .option("--csv <FILE>", "write one row per image that goes")
    .option("--keep-list <FILE>", "write the images that stay, one path a line")
    .option("--remove-list <FILE>", "write the images that go, one path a line")
    .option("--quiet", "print nothing but errors and what was asked for")
    .action(async (project: string, options: Options) => {
      const { json, csv, keepList, removeList } = options;
      const outputs = Object.fromEntries(
        Object.entries({ json, csv, keepList, removeList }).flatMap(([output, target]) =>
          target === undefined ? [] : [[output, target]],
        ),
      );
      requireOneTarget(outputs);
      const request = { ...(await planRequest(project, options)), outputs };
      await withEngine(host, (client) => plan(host, client, signal, request, options));
    });
}

async function plan(
  host: ProgramHost,
  client: EngineClient,
  signal: AbortSignal,
  request: Parameters<EngineClient["plan"]["write"]>[0],
  { quiet }: Options,
): Promise<void> {
  const chunks = await client.plan.write(request, { signal });
  let made: Plan;
  for (;;) {
    const { done, value } = await chunks.next();
    if (done) {
      made = value;
      break;
    }
    await written(host.stdout, bytesFromPathText(value.text));
  }
  if (quiet) return;
  const targets = Object.values(request.outputs ?? {});
  const out = targets.includes(STANDARD_OUTPUT) ? host.stderr : host.stdout;
  if (targets.length === 0) await written(out, operationsText(made));
  await written(out, planSummary(made));
}
