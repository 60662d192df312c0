import { appendFileSync, mkdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";

/**
 * Keeps a graphics driver that takes the whole process down from doing so at every start.
 *
 * A marker on disk grows by one byte before a device is tried and goes when the trial ends, in success or in an
 * ordinary error. A marker that is still there tells of a trial that never ended. (A child process to try in would not
 * do: the packaged program cannot start one, its Electron binary refuses to run as Node.)
 */
export interface ProviderTrial {
  /** Whether the device has taken the process down {@link UNFINISHED_TRIALS} times in a row. */
  crashedBefore(device: string): boolean;
  /** Runs a trial between setting and removing the marker. */
  run<T>(device: string, trial: () => Promise<T>): Promise<T>;
}

/** One unfinished trial may be a person's Ctrl-C; a second is a habit. */
const UNFINISHED_TRIALS = 2;

/** @param folder where markers are kept; created when needed. */
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
