import { ORPCError } from "@orpc/client";
import { Command, CommanderError, type Option } from "commander";
import { TWINLENS_VERSION } from "../version.ts";
import { addApplyCommand } from "./apply-command.ts";
import { addCalibrateCommand } from "./calibrate-command.ts";
import { addDecisionsCommand } from "./decisions-command.ts";
import { addDemoCommand } from "./demo-command.ts";
import { addDevicesCommand } from "./devices-command.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { addExportCommand } from "./export-command.ts";
import { addPlanCommand } from "./plan-command.ts";
import { ExitError, type ProgramHost, type ProgramRun } from "./program-host.ts";
import { addReportCommand } from "./report-command.ts";
import { addScanCommand } from "./scan-command.ts";
import { addServeCommand } from "./serve-command.ts";
import { printable } from "./terminal-text.ts";
import { addUndoCommand } from "./undo-command.ts";

const CANCELLED = "Cancelled. Progress is saved. Run the same command again to continue.";

/**
 * Runs the command line.
 * @param words the arguments, without the program's name.
 */
export async function runProgram(words: readonly string[], host: ProgramHost): Promise<ExitCode> {
  const cancel = new AbortController();
  let interrupts = 0;
  host.onInterrupt(() => {
    // A second Ctrl-C exits at once.
    if (++interrupts > 1) process.exit(EXIT.cancelled);
    cancel.abort();
  });
  // Failed writes reject where they are awaited; without a listener they would also end the process.
  host.stdout.on("error", () => {});
  const run: ProgramRun = { host, signal: cancel.signal, exitCode: EXIT.done };
  try {
    await makeProgram(run).parseAsync(words, { from: "user" });
    return run.exitCode;
  } catch (cause) {
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (cancel.signal.aborted) {
      const hasOwnMessage = cause instanceof ExitError && cause.exitCode === EXIT.cancelled;
      host.stderr.write(`${printable(hasOwnMessage ? cause.message : CANCELLED)}\n`);
      return EXIT.cancelled;
    }
    // The reader closed the pipe, as `head` does. Exit quietly.
    if ((cause as NodeJS.ErrnoException).code === "EPIPE") return EXIT.failed;
    const message = cause instanceof Error ? cause.message : String(cause);
    host.stderr.write(`twinlens: ${printable(message)}\n`);
    if (cause instanceof ExitError) return cause.exitCode;
    return cause instanceof ORPCError && cause.code === "USAGE" ? EXIT.usage : EXIT.failed;
  }
}

function makeProgram(run: ProgramRun): Command {
  const { stdout, stderr } = run.host;
  const program = new Command("twinlens")
    .description("Find near-duplicate images within and across train and test splits.")
    .version(TWINLENS_VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
    })
    .configureHelp({ optionTerm })
    .addHelpText(
      "after",
      `\nExit codes: ${EXIT.done} done, ${EXIT.failed} failed, ${EXIT.usage} wrong usage, ${EXIT.gate} a gate tripped, ${EXIT.cancelled} cancelled.`,
    )
    .showHelpAfterError("(use --help to list commands and options)");
  addScanCommand(program, run);
  addReportCommand(program, run);
  addExportCommand(program, run);
  addPlanCommand(program, run);
  addApplyCommand(program, run);
  addUndoCommand(program, run);
  addDecisionsCommand(program, run);
  addCalibrateCommand(program, run);
  addDemoCommand(program, run);
  addServeCommand(program, run);
  addDevicesCommand(program, run);
  return program;
}

/** An option as the help shows it: a long alias, which Commander parses as the short flag, comes last. */
function optionTerm({ short, long, flags }: Option): string {
  if (!short?.startsWith("--")) return flags;
  return flags.replace(`${short}, ${long}`, `${long}, ${short}`);
}
