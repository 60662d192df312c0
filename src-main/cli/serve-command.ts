import { type Command, Option } from "commander";
import { append, wholeNumber } from "./options.ts";
import type { ProgramRun } from "./program-host.ts";

interface ServeOptions {
  root: string[];
  port: number;
  open?: boolean;
}

/** `twinlens serve` */
export function addServeCommand(program: Command, { host, signal }: ProgramRun): void {
  program
    .command("serve")
    .description(
      "run the app in a browser on this machine: prints an address that works once; Ctrl-C stops it",
    )
    .argument("[PROJECT]", "project file to open first")
    .addOption(
      new Option("--root <DIR>", "folder that the app may see and scan (repeatable)")
        .argParser(append)
        .default([], "your home folder"),
    )
    .addOption(
      new Option("--port <N>", "port to listen on, on this machine only")
        .argParser(wholeNumber(0, 65535))
        .default(0, "any free port"),
    )
    .option("--open", "open the address in your browser")
    .action((project: string | undefined, { root, port, open = false }: ServeOptions) =>
      host.serve({ project, roots: root, port, open, signal }),
    );
}
