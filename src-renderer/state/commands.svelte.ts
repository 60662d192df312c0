import { onDestroy } from "svelte";
import { matches, type Shortcut } from "./keys.ts";

/** Headings of the palette and of the list of shortcuts, in their order. */
export const COMMAND_GROUPS = [
  "Go to",
  "Clusters",
  "Decide",
  "Look",
  "Threshold",
  "Project",
  "Twinlens",
] as const;
export type CommandGroup = (typeof COMMAND_GROUPS)[number];

/** Something that a person can do, defined once for keyboard, menus, palette, tooltips and help. */
export interface Command {
  /** Also the name by which the window's menu asks for it; see HOST_COMMANDS in the contract. */
  readonly id: string;
  /** What it does, as a menu would say it: "Keep only this". */
  readonly title: string;
  readonly group: CommandGroup;
  /** The first is the one that is shown. */
  readonly keys?: readonly Shortcut[];
  /** Read whenever it matters; use runes inside. Always enabled without it. */
  readonly enabled?: () => boolean;
  /** @param event the key event, when a key asked for it */
  readonly run: (event?: KeyboardEvent) => void;
  /** Works while typing in a field, too. */
  readonly inFields?: boolean;
  /** May be asked for again by a key that is held down. */
  readonly repeats?: boolean;
  /** Left out of the palette: it makes no sense without its key, such as moving to the next image. */
  readonly keyOnly?: boolean;
}

interface Scope {
  readonly commands: () => readonly Command[];
  /** The keys of scopes below do not reach what lies under this one. */
  readonly exclusive: boolean;
}

class Commands {
  /** Innermost last. */
  #scopes = $state.raw<readonly Scope[]>([]);
  /** The same, not reactive: while a component is destroyed, runes still give what they were before. */
  #added: readonly Scope[] = [];

  /** Every command that can be reached now, innermost first; of two with one id the inner one. */
  readonly all: readonly Command[] = $derived.by(() => {
    const seen = new Set<string>();
    const reachable: Command[] = [];
    for (const scope of this.#scopes.toReversed()) {
      for (const command of scope.commands()) {
        if (!seen.has(command.id)) reachable.push(command);
        seen.add(command.id);
      }
      if (scope.exclusive) break;
    }
    return reachable;
  });

  /** A command whether or not it can be reached now, for what tells of it: innermost first. */
  find(id: string): Command | undefined {
    for (const { commands } of this.#scopes.toReversed()) {
      const found = commands().find((command) => command.id === id);
      if (found) return found;
    }
    return undefined;
  }

  /** @returns whether there is such a command and it could run. */
  run(id: string): boolean {
    const command = this.all.find((candidate) => candidate.id === id);
    if (!command || command.enabled?.() === false) return false;
    command.run();
    return true;
  }

  add(scope: Scope): () => void {
    this.#set([...this.#added, scope]);
    return () => this.#set(this.#added.filter((other) => other !== scope));
  }

  #set(scopes: readonly Scope[]): void {
    this.#added = scopes;
    this.#scopes = scopes;
  }

  /** Runs what a key stands for. Components that use a key themselves prevent its default. */
  handle(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const typing = isField(event.target);
    for (const command of this.all) {
      if (typing && !command.inFields) continue;
      if (!command.keys?.some((shortcut) => matches(event, shortcut))) continue;
      if (belongsToElement(event)) continue;
      if (event.repeat && !command.repeats) {
        event.preventDefault();
        return;
      }
      if (command.enabled?.() === false) continue;
      event.preventDefault();
      command.run(event);
      return;
    }
  }
}

export const commands = new Commands();

/**
 * Offers commands as long as the calling component is mounted. Of two commands with the same key the one added last runs.
 * @param list read anew whenever the runes in it change
 * @param exclusive hides the commands of everything below: for what opens over a screen
 */
export function useCommands(
  list: () => readonly Command[],
  { exclusive = false }: { readonly exclusive?: boolean } = {},
): void {
  onDestroy(commands.add({ commands: list, exclusive }));
}

const TEXT_INPUTS = new Set(["text", "search", "number", "email", "url", "password", "tel"]);

function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return TEXT_INPUTS.has(target.type);
  return target.isContentEditable || target.matches("textarea, select");
}

/** Keys that press, move or choose in the focused control itself. */
function belongsToElement({ key, target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (key === "Enter" || key === " ") {
    return target.closest("button, a[href], summary, [role=menuitem], [role=tab]") !== null;
  }
  return (
    /^(Arrow|Home|End|Page)/.test(key) &&
    target.closest("input, [role=slider], [role=menu], [role=listbox], [role=tablist]") !== null
  );
}
