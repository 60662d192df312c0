import { type Command, InvalidArgumentError, Option } from "commander";
import { carryOutPlan } from "../app/carry-out-plan.ts";
import type { ApplyCounts, ApplyRequest, ApplyWay } from "../contract/apply.ts";
import { COPY_BY } from "../contract/clean-copy.ts";
import type { EngineClient } from "../engine-client/engine-client.ts";
import { countOf } from "../text/figures.ts";
import { makeCopy } from "./clean-copy.ts";
import { EXIT } from "./exit-codes.ts";
import { addPlanOptions, type PlanOptions, planRequest } from "./plan-options.ts";
import { ExitError, type ProgramHost, withEngine, written } from "./program-host.ts";
import { resultLine } from "./result-line.ts";

interface Options extends PlanOptions {
  plan?: string;
  to: ApplyWay | CopyTarget;
  copyBy: (typeof COPY_BY)[number];
  deleteForever?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  quiet?: boolean;
}

const TRASH_ADVICE = "What the trash can't take may go to a folder instead: --to quarantine.\n";

const WAYS = "quarantine[=DIR], trash, hardlink[=DIR] or copy=DIR";

/** The way that touches nothing. */
interface CopyTarget {
  readonly way: "copy";
  readonly folder: string;
}

/** `twinlens apply` */
export function addApplyCommand(
  program: Command,
  host: ProgramHost,
  signal: AbortSignal,
  setExitCode: (code: number) => void,
): void {
  addPlanOptions(
    program
      .command("apply")
      .description("carry a plan out, file by file; twinlens undo takes it back")
      .argument("<PROJECT>", "project file"),
  )
    .option("--plan <FILE>", "an edited plan, JSON or CSV, instead of one made now")
    .addOption(
      new Option(
        "--to <WAY>",
        `${WAYS}: a folder that mirrors split and path, the system's trash, a hard link to the keeper with the original in the folder, or a clean copy of the data set in a new folder, which touches nothing`,
      )
        .argParser(way)
        .default({ way: "quarantine" }, "quarantine, in a folder beside the project"),
    )
    .addOption(
      new Option(
        "--copy-by <HOW>",
        "what the files of --to copy=DIR are: hard links where the file system allows, or files of their own",
      )
        .choices(COPY_BY)
        .default("link"),
    )
    .option("--delete-forever", "delete the files, with no way back; asks twice")
    .option("--dry-run", "look at every file and say what would happen, and touch nothing")
    .option("--yes", "ask nothing; needed where there is no terminal")
    .option("--quiet", "name only the files that stay")
    .action(async (project: string, options: Options) => {
      const { to } = options;
      if (to.way === "copy") {
        setExitCode(await copy(host, signal, project, options, to.folder));
        return;
      }
      if (!options.dryRun && !options.yes && host.ask === null) {
        throw new ExitError(
          EXIT.usage,
          "There is no terminal to ask on: give --yes, or --dry-run.",
        );
      }
      const request: ApplyRequest = {
        ...(await planRequest(project, options)),
        to: options.deleteForever ? { way: "delete-forever" } : to,
        ...(options.plan !== undefined && { plan: options.plan }),
      };
      await withEngine(host, async (client) => {
        const counts = options.dryRun
          ? await follow(host, client, { ...request, dryRun: true }, signal, options)
          : await applyAsked(host, client, request, signal, options);
        if (counts.left > 0) setExitCode(EXIT.failed);
      });
    });
}

/** @returns the exit code */
async function copy(
  host: ProgramHost,
  signal: AbortSignal,
  project: string,
  options: Options,
  folder: string,
): Promise<number> {
  if (options.deleteForever) {
    throw new ExitError(EXIT.usage, "Give either --to copy=DIR or --delete-forever.");
  }
  const { plan, copyBy: by, dryRun = false } = options;
  const request = {
    ...(await planRequest(project, options)),
    ...(plan !== undefined && { plan }),
    ...{ folder, by, dryRun },
  };
  return await makeCopy(host, signal, request, options.quiet ?? false);
}

async function applyAsked(
  host: ProgramHost,
  client: EngineClient,
  request: ApplyRequest,
  signal: AbortSignal,
  options: Options,
): Promise<ApplyCounts> {
  if (!options.yes && host.ask) {
    const would = await follow(host, client, { ...request, dryRun: true }, signal, options);
    if (would.done === 0) return would;
    await requireYes(host.ask, questionFor(request, would.done), "y");
    if (options.deleteForever) {
      const question = "Nothing brings them back. Type DELETE to go on: ";
      await requireYes(host.ask, question, "DELETE");
    }
  }
  return follow(host, client, request, signal, options);
}

function questionFor({ to }: ApplyRequest, images: number): string {
  const what = countOf(images, "image");
  switch (to?.way) {
    case "trash":
      return `Move ${what} to the trash? [y/N] `;
    case "hardlink":
      return `Replace ${what} by hard links? [y/N] `;
    case "delete-forever":
      return `Delete ${what} forever? [y/N] `;
    default:
      return `Move ${what} to the quarantine folder? [y/N] `;
  }
}

/** @throws ExitError when the answer is another */
async function requireYes(
  ask: NonNullable<ProgramHost["ask"]>,
  question: string,
  yes: string,
): Promise<void> {
  const answer = (await ask(question)).trim();
  if (answer === yes || (yes === "y" && /^y(es)?$/i.test(answer))) return;
  throw new ExitError(EXIT.failed, "Nothing was done.");
}

/** Prints what becomes of each image, then what it comes to. */
async function follow(
  host: ProgramHost,
  client: EngineClient,
  request: ApplyRequest,
  signal: AbortSignal,
  { quiet }: Options,
): Promise<ApplyCounts> {
  const results = carryOutPlan(client, request, host.trash, signal);
  const words = wordsFor(request);
  for (;;) {
    const { done, value } = await results.next();
    if (done) {
      if (!quiet) await written(host.stdout, `${summary(words, value)}\n`);
      if (request.to?.way === "trash" && value.left > 0) host.stderr.write(TRASH_ADVICE);
      return value;
    }
    if (!quiet || !value.done) await written(host.stdout, resultLine(words.done, value));
  }
}

/** What became of a file, of several and of one. */
interface Words {
  readonly done: string;
  readonly went: string;
  readonly one: string;
}

function wordsFor({ to, dryRun }: ApplyRequest): Words {
  if (dryRun) return { done: "would go", went: "would go", one: "would go" };
  switch (to?.way) {
    case "trash":
      return { done: "trashed", went: "went to the trash", one: "went to the trash" };
    case "hardlink":
      return { done: "linked", went: "became hard links", one: "became a hard link" };
    case "delete-forever":
      return { done: "deleted", went: "were deleted", one: "was deleted" };
    default:
      return { done: "moved", went: "were moved", one: "was moved" };
  }
}

function summary({ went, one }: Words, { done, left }: ApplyCounts): string {
  if (done === 0 && left === 0) return "Nothing to do.";
  const images = countOf(done, "image");
  return `${images} ${done === 1 ? one : went}${left > 0 ? `, ${left} ${left === 1 ? "stays" : "stay"}` : ""}.`;
}

/** Reads what {@link WAYS} names. */
function way(text: string): ApplyWay | CopyTarget {
  const [, name, folder] = /^([a-z]+)(?:=(.+))?$/s.exec(text) ?? [];
  if (name === "trash" && folder === undefined) return { way: name };
  if (name === "copy" && folder !== undefined) return { way: name, folder };
  if (name === "quarantine" || name === "hardlink") {
    return folder === undefined ? { way: name } : { way: name, folder };
  }
  throw new InvalidArgumentError(`Expected ${WAYS} but received "${text}".`);
}
