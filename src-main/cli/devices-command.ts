import type { Command } from "commander";
import { type ProgramRun, withEngine } from "./program-host.ts";

/** `twinlens devices` */
export function addDevicesCommand(program: Command, run: ProgramRun): void {
  program
    .command("devices")
    .description("list this machine's execution providers, and why the others are unavailable")
    .action(() =>
      withEngine(run, async (client) => {
        const devices = await client.devices(undefined, { signal: run.signal });
        for (const { device, available, reason } of devices) {
          run.host.stdout.write(
            `${device.padEnd(9)} ${available ? "available" : `unavailable: ${reason}`}\n`,
          );
        }
      }),
    );
}
