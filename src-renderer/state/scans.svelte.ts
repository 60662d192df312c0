import { createContext } from "svelte";
import { SvelteSet } from "svelte/reactivity";
import type { ScanState } from "../../src-main/contract/scans.ts";
import { follow } from "./follow.svelte.ts";
import { getClient } from "./session.svelte.ts";

/** The scans of the engine, as they change. */
export class Scans {
  all = $state.raw<readonly ScanState[]>([]);
  /** Whether the engine has said which there are. */
  #known = $state(false);

  readonly #started = new SvelteSet<string>();

  /** Notes a scan that was just let start; the engine tells of it in a moment. */
  start(key: string): void {
    this.#started.add(key);
  }

  /** Takes in what the engine says. */
  told(all: readonly ScanState[]): void {
    this.all = all;
    this.#known = true;
    for (const { key } of all) this.#started.delete(key);
  }

  /** Whether the engine is known to have no scan of this project. */
  lacks(key: string): boolean {
    return this.#known && !this.#started.has(key) && this.of(key) === undefined;
  }

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
      scans.told(all);
    },
  );
  return setScans(scans);
}
