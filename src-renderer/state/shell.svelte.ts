import { createContext } from "svelte";
import type { HostInfo } from "../../src-main/contract/host.ts";

/** What concerns the page as a whole. */
export class Shell {
  host = $state.raw<HostInfo | null>(null);
  palette = $state(false);
  keys = $state(false);
  settings = $state(false);
  /** What the plan of the open project begins with: what to remove, or whether the last removal is to be taken back. */
  planning = $state<"plan" | "last" | null>(null);
  /** Why the engine was restarted, until the person has read it. */
  restarted = $state.raw<string | null>(null);
  /** Why what was asked for of the page as a whole was not done, until the person has read it. */
  failed = $state.raw<string | null>(null);
  /** Folders or project files that wait to be taken in by the start screen. */
  dropped = $state.raw<readonly string[]>([]);
}

export const [getShell, setShell] = createContext<Shell>();
