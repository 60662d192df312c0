import { onDestroy } from "svelte";
import {
  type CommandId,
  type CommandIn,
  type CommandInfo,
  type CommandScope,
  commandsIn,
} from "../../src-main/contract/commands.ts";
import { belongsToElement, hasClickedFocus, isField } from "./key-targets.ts";
import { matches } from "./keys.ts";

/** What a command does where it is offered. */
export interface CommandAction {
  /** @param event the key event, when a key triggered the command */
  readonly run: (event?: KeyboardEvent) => void;
  /** Reactive when it reads runes. A command without it is always enabled. */
  readonly enabled?: () => boolean;
  /** Replaces the title of a command that toggles. */
  readonly title?: string;
}

/** A command that can be run now. */
export interface Command extends CommandInfo, CommandAction {
  readonly id: CommandId;
  readonly title: string;
  /** In neither the palette nor the list of shortcuts: it only keeps a key from reaching an outer command. */
  readonly hidden?: boolean;
}

/** Joins every command of a part of the page with its action. An action that is only a function is always enabled. */
export function commandsOf<Scope extends CommandScope>(
  scope: Scope,
  actions: Readonly<Record<CommandIn<Scope>, CommandAction | CommandAction["run"]>>,
): Command[] {
  return commandsIn(scope).map(([id, info]) => {
    const action: CommandAction | CommandAction["run"] = actions[id as CommandIn<Scope>];
    return { id, ...info, ...(typeof action === "function" ? { run: action } : action) };
  });
}

/** Commands that do nothing, so that the keys of an outer part do not act on what an overlay covers. */
export function blockedCommands<Scope extends CommandScope>(
  scope: Scope,
  ids: readonly CommandIn<Scope>[],
): Command[] {
  return commandsIn(scope)
    .filter(([id]) => ids.includes(id as CommandIn<Scope>))
    .map(([id, info]) => ({ id, ...info, hidden: true, run: () => {} }));
}

/** The commands of one mounted component. */
interface Offer {
  readonly commands: () => readonly Command[];
  /** Hides the commands of the components below. */
  readonly exclusive: boolean;
}

class Commands {
  /** Innermost last. */
  #offers = $state.raw<readonly Offer[]>([]);
  /** The same, not reactive: while a component is destroyed, runes still return their previous value. */
  #added: readonly Offer[] = [];

  /** Every command that can be reached now, innermost first. Of two with the same id, only the inner one. */
  readonly all: readonly Command[] = $derived.by(() => {
    const seen = new Set<CommandId>();
    const reachable: Command[] = [];
    for (const { commands, exclusive } of this.#offers.toReversed()) {
      for (const command of commands()) {
        if (!seen.has(command.id)) reachable.push(command);
        seen.add(command.id);
      }
      if (exclusive) break;
    }
    return reachable;
  });

  /** The innermost command with this id, also when a dialog covers it, for controls that show its title and key. */
  find(id: CommandId): Command | undefined {
    for (const { commands } of this.#offers.toReversed()) {
      const found = commands().find((command) => command.id === id);
      if (found) return found;
    }
    return undefined;
  }

  /** @returns whether the command can be reached and is enabled. */
  run(id: CommandId): boolean {
    const command = this.all.find((candidate) => candidate.id === id);
    if (!command || command.enabled?.() === false) return false;
    command.run();
    return true;
  }

  add(offer: Offer): () => void {
    this.#set([...this.#added, offer]);
    return () => this.#set(this.#added.filter((other) => other !== offer));
  }

  #set(offers: readonly Offer[]): void {
    this.#added = offers;
    this.#offers = offers;
  }

  /**
   * Takes a command's key from a control that has the focus only because it was clicked, also when the command is disabled. Call it
   * before the control sees the key.
   */
  takeFromClicked(event: KeyboardEvent): void {
    if (event.isComposing || !hasClickedFocus(event) || belongsToElement(event)) return;
    const isCommand = ({ keys }: Command) => keys?.some((shortcut) => matches(event, shortcut));
    if (!this.all.some(isCommand)) return;
    if (event.target instanceof HTMLElement) event.target.blur();
    this.handle(event);
    event.preventDefault();
    event.stopPropagation();
  }

  /** Runs the command of a key, unless a component has used the key and prevented its default. */
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
 * Offers commands while the calling component is mounted. Of two commands with the same key, the one added last runs.
 * @param list called again whenever the runes that it reads change
 * @param exclusive hides all commands below, for what opens over a screen
 */
export function useCommands(
  list: () => readonly Command[],
  { exclusive = false }: { readonly exclusive?: boolean } = {},
): void {
  onDestroy(commands.add({ commands: list, exclusive }));
}
