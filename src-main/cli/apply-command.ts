import { type Command, InvalidArgumentError, Option } from "commander";
import { carryOutPlan } from "../app/carry-out-plan.ts";
import type { ApplyCounts, ApplyRequest, ApplyWay } from "../contract/apply.ts";
import { COPY_BY } from "../contract/clean-copy.ts";
import { type EngineClient, readEvents } from "../engine-client/engine-client.ts";
import { countOf, plural } from "../text/figures.ts";
import { makeCopy } from "./clean-copy.ts";
import { EXIT } from "./exit-codes.ts";
import { addPlanOptions, type PlanOptions, planRequest } from "./plan-options.ts";
import {
  ExitError,
  type ProgramHost,
  type ProgramRun,
  withEngine,
  written,
} from "./program-host.ts";
import { resultLine } from "./terminal-text.ts";

interface Options extends PlanOptions {
  plan?: string;
  to: ApplyWay | CopyTarget;
  copyBy: (typeof COPY_BY)[number];
  deleteForever?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  quiet?: boolean;
}

/** Copies instead of removing. */
interface CopyTarget {
  readonly way: "copy";
  readonly folder: string;
}

const WAYS = "quarantine[=DIR], trash, hardlink[=DIR] or copy=DIR";

const TRASH_ADVICE = "To move the remaining files to a folder instead, use --to quarantine.\n";

/** `twinlens apply` */
export function addApplyCommand(program: Command, run: ProgramRun): void {
  addPlanOptions(
    program
      .command("apply")
      .description("remove the files of the plan, one by one; twinlens undo restores them")
      .argument("<PROJECT>", "project file"),
  )
    .option("--plan <FILE>", "apply this edited plan (JSON or CSV) instead of a new one")
    .addOption(
      new Option(
        "--to <WAY>",
        `${WAYS}: move to a folder that mirrors splits and paths; move to the system's trash; replace by a hard link to the keeper, with the original in the quarantine folder; or make a clean copy of the data set in a new folder and change nothing`,
      )
        .argParser(way)
        .default({ way: "quarantine" }, "quarantine, in a folder next to the project"),
    )
    .addOption(
      new Option(
        "--copy-by <METHOD>",
        "files of --to copy=DIR: hard links where the file system supports them, or separate files",
      )
        .choices(COPY_BY)
        .default("link"),
    )
    .option("--delete-forever", "delete the files permanently; asks twice and cannot be undone")
    .option("--dry-run", "check every file and print what would happen, but change nothing")
    .option("--yes", "do not ask for confirmation; required if there is no terminal")
    .option("--quiet", "print only the files that could not be removed")
    .action(async (project: string, options: Options) => {
      const { to, plan, deleteForever = false, dryRun = false, quiet = false } = options;
      const planFile = plan === undefined ? {} : { plan };
      if (to.way === "copy") {
        if (deleteForever)
          throw new ExitError(EXIT.usage, "Give either --to copy=DIR or --delete-forever.");
        const planned = { ...(await planRequest(project, options)), ...planFile };
        const request = { ...planned, folder: to.folder, by: options.copyBy, dryRun };
        await makeCopy(run, request, quiet);
        return;
      }
      if (!dryRun && !options.yes && run.host.ask === null) {
        throw new ExitError(
          EXIT.usage,
          "There is no terminal to ask for confirmation. Add --yes or --dry-run.",
        );
      }
      const request: ApplyRequest = {
        ...(await planRequest(project, options)),
        ...planFile,
        to: deleteForever ? { way: "delete-forever" } : to,
      };
      await withEngine(run, async (client) => {
        const counts = dryRun
          ? await apply(run, client, { ...request, dryRun }, quiet)
          : await confirmAndApply(run, client, request, options);
        return counts.left > 0 ? EXIT.failed : EXIT.done;
      });
    });
}

async function confirmAndApply(
  run: ProgramRun,
  client: EngineClient,
  request: ApplyRequest,
  { yes, deleteForever, quiet = false }: Options,
): Promise<ApplyCounts> {
  const { ask } = run.host;
  if (!yes && ask) {
    const counts = await apply(run, client, { ...request, dryRun: true }, quiet);
    if (counts.done === 0) return counts;
    await confirm(ask, confirmation(request, counts.done), "y");
    if (deleteForever)
      await confirm(ask, "This cannot be undone. Type DELETE to continue: ", "DELETE");
  }
  return await apply(run, client, request, quiet);
}

function confirmation({ to }: ApplyRequest, count: number): string {
  const images = countOf(count, "image");
  switch (to?.way) {
    case "trash":
      return `Move ${images} to the trash? [y/N] `;
    case "hardlink":
      return `Replace ${images} by ${plural(count, "a hard link", "hard links")}? [y/N] `;
    case "delete-forever":
      return `Delete ${images} permanently? [y/N] `;
    default:
      return `Move ${images} to the quarantine folder? [y/N] `;
  }
}

/** @throws ExitError if the answer is not the expected one. */
async function confirm(
  ask: NonNullable<ProgramHost["ask"]>,
  question: string,
  expected: string,
): Promise<void> {
  const answer = (await ask(question)).trim();
  if (answer === expected || (expected === "y" && /^y(es)?$/i.test(answer))) return;
  throw new ExitError(EXIT.failed, "Nothing was changed.");
}

/** Applies the request, printing each result and a summary. */
async function apply(
  { host, signal }: ProgramRun,
  client: EngineClient,
  request: ApplyRequest,
  quiet: boolean,
): Promise<ApplyCounts> {
  const { column, sentence } = wordsFor(request);
  const results = carryOutPlan(client, request, host.trash, signal);
  const counts = await readEvents(results, async (result) => {
    if (!quiet || !result.done) await written(host.stdout, resultLine(column, result));
  });
  if (!quiet) await written(host.stdout, `${summary(sentence, counts)}\n`);
  if (request.to?.way === "trash" && counts.left > 0) host.stderr.write(TRASH_ADVICE);
  return counts;
}

interface Words {
  /** The first column of a result's line. */
  readonly column: string;
  /** What happened, after "3 images". */
  readonly sentence: string;
}

function wordsFor({ to, dryRun }: ApplyRequest): Words {
  if (dryRun) return { column: "remove", sentence: "would be removed" };
  switch (to?.way) {
    case "trash":
      return { column: "trashed", sentence: "moved to the trash" };
    case "hardlink":
      return { column: "linked", sentence: "replaced by hard links" };
    case "delete-forever":
      return { column: "deleted", sentence: "deleted permanently" };
    default:
      return { column: "moved", sentence: "moved to quarantine" };
  }
}

function summary(sentence: string, { done, left }: ApplyCounts): string {
  if (done === 0 && left === 0) return "Nothing to remove.";
  const rest = left > 0 ? `, ${left} ${plural(left, "stays", "stay")}` : "";
  return `${countOf(done, "image")} ${sentence}${rest}.`;
}

/** Parses {@link WAYS}. */
function way(text: string): ApplyWay | CopyTarget {
  const [, name, folder] = /^([a-z]+)(?:=(.+))?$/s.exec(text) ?? [];
  if (name === "trash" && folder === undefined) return { way: name };
  if (name === "copy" && folder !== undefined) return { way: name, folder };
  if (name === "quarantine" || name === "hardlink") {
    return folder === undefined ? { way: name } : { way: name, folder };
  }
  throw new InvalidArgumentError(`Expected ${WAYS} but received "${text}".`);
}
