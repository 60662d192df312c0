import { appendFileSync, mkdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";

/**
 * Stops trying a device whose driver crashes the process.
 *
 * A marker file grows by one byte before each trial and is deleted when the trial ends, even with an error. A marker that
 * remains records a crash. (Trials cannot run in a child process: the packaged Electron binary cannot run as Node.)
 */
export interface ProviderTrial {
  /** Whether the last {@link UNFINISHED_TRIALS} trials of the device crashed the process. */
  crashedBefore(device: string): boolean;
  /** Runs a trial while its marker exists. */
  run<T>(device: string, trial: () => Promise<T>): Promise<T>;
}

/** A single unfinished trial may have been interrupted by Ctrl-C. */
const UNFINISHED_TRIALS = 2;

/** @param folder of the marker files; created if it does not exist */
export function providerTrialIn(folder: string): ProviderTrial {
  const marker = (device: string) => path.join(folder, `trying-${device}`);
  return {
    crashedBefore: (device) =>
      (statSync(marker(device), { throwIfNoEntry: false })?.size ?? 0) >= UNFINISHED_TRIALS,
    async run(device, trial) {
      mkdirSync(folder, { recursive: true });
      appendFileSync(marker(device), ".");
      try {
        return await trial();
      } finally {
        rmSync(marker(device), { force: true });
      }
    },
  };
}
