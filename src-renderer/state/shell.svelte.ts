import { createContext } from "svelte";
import type { HostInfo } from "../../src-main/contract/host.ts";

/** State of the page as a whole. */
export class Shell {
  host = $state.raw<HostInfo | null>(null);
  palette = $state(false);
  keys = $state(false);
  settings = $state(false);
  /** What the plan dialog opens with: a new plan, or the last removal to undo. `null` while it is closed. */
  planning = $state<"plan" | "last" | null>(null);
  /** Why the engine restarted, until the person dismisses it. */
  restarted = $state.raw<string | null>(null);
  /** Why a command of the page failed, until the person dismisses it. */
  failed = $state.raw<string | null>(null);
  /** Folders or project files for the start screen to open. */
  dropped = $state.raw<readonly string[]>([]);
}

export const [getShell, setShell] = createContext<Shell>();
