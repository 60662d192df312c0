import { createContext } from "svelte";
import type { ScanState } from "../../src-main/contract/scans.ts";
import { follow } from "./follow.svelte.ts";
import { getClient } from "./session.svelte.ts";

/** The scans of the engine, as they change. */
export class Scans {
  all = $state.raw<readonly ScanState[]>([]);
  /** Whether the engine has said which there are. */
  known = $state(false);

  of(key: string): ScanState | undefined {
    return this.all.findLast((scan) => scan.key === key);
  }
}

export const [getScans, setScans] = createContext<Scans>();

/** Follows the scans from the root component on, for all others. */
export function followScans(): Scans {
  const client = getClient();
  const scans = new Scans();
  follow(
    (signal) => client.scans.watch(undefined, { signal }),
    (all) => {
      scans.all = all;
      scans.known = true;
    },
  );
  return setScans(scans);
}
