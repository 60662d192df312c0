import { createContext } from "svelte";
import { SvelteSet } from "svelte/reactivity";
import type { ScanState } from "../../src-main/contract/scans.ts";
import { follow } from "./follow.svelte.ts";
import { getClient } from "./session.svelte.ts";

/** The engine's scans and their progress. */
export class Scans {
  all = $state.raw<readonly ScanState[]>([]);
  /** Whether the engine has sent the list of scans. */
  #known = $state(false);

  readonly #started = new SvelteSet<string>();

  /** Remembers a scan that was just started, until the engine lists it. */
  start(key: string): void {
    this.#started.add(key);
  }

  /** Called with every list that the engine sends. */
  update(all: readonly ScanState[]): void {
    this.all = all;
    this.#known = true;
    for (const { key } of all) this.#started.delete(key);
  }

  /** Whether the engine has no scan of this project, as far as is certain. */
  lacks(key: string): boolean {
    return this.#known && !this.#started.has(key) && this.of(key) === undefined;
  }

  of(key: string): ScanState | undefined {
    return this.all.findLast((scan) => scan.key === key);
  }
}

export function isUnderWay(scan: ScanState | undefined): boolean {
  return scan?.status === "running" || scan?.status === "paused";
}

export const [getScans, setScans] = createContext<Scans>();

/** Follows the scans for all components. Call it once, from the root component. */
export function followScans(): Scans {
  const client = getClient();
  const scans = new Scans();
  follow(
    (signal) => client.scans.watch(undefined, { signal }),
    (all) => {
      scans.update(all);
    },
  );
  return setScans(scans);
}
