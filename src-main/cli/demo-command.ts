import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import type { EngineClient } from "../engine-client/engine-client.ts";
import { countOf } from "../text/figures.ts";
import type { ExitCode } from "./exit-codes.ts";
import { type ProgramRun, withEngine } from "./program-host.ts";
import {
  addReportOptions,
  type ReportOptions,
  requireOneReportOnStandardOutput,
  writeReports,
} from "./report-command.ts";
import { scan } from "./scan-command.ts";
import { printable } from "./terminal-text.ts";

interface DemoOptions extends ReportOptions {
  out?: string;
  progress: boolean;
}

/** `twinlens demo` */
export function addDemoCommand(program: Command, run: ProgramRun): void {
  addReportOptions(
    program
      .command("demo")
      .description("draw a small data set with known duplicates of every kind and scan it")
      .option("--out <DIR>", "keep the data set and its project in this new or empty folder"),
  )
    .option("--no-progress", "do not show progress")
    .action((options: DemoOptions) => withEngine(run, (client) => demo(run, client, options)));
}

async function demo(
  run: ProgramRun,
  client: EngineClient,
  options: DemoOptions,
): Promise<ExitCode> {
  requireOneReportOnStandardOutput(options);
  const { host, signal } = run;
  const out = options.out ?? (await mkdtemp(join(tmpdir(), "twinlens-demo-")));
  try {
    const { splits, images, pairs } = await client.demo({ out }, { signal });
    if (!options.quiet) {
      host.stderr.write(
        `Drew ${countOf(images, "image")} with ${countOf(pairs, "known pair")} in ${printable(resolve(out))}\n`,
      );
    }
    const project = await scan(
      run,
      client,
      { splits, project: join(out, "demo.twinlens") },
      options,
    );
    const keptProject = options.out === undefined ? null : resolve(project);
    return await writeReports(run, client, { project }, options, keptProject);
  } finally {
    if (options.out === undefined) await rm(out, { recursive: true, force: true });
  }
}
