import type { Shortcut } from "../../src-main/contract/commands.ts";

const MAC = /mac|iphone|ipad/i.test(navigator.platform);

interface ParsedShortcut {
  readonly mod: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly key: string;
}

function parse(shortcut: Shortcut): ParsedShortcut {
  const parts = shortcut === "+" ? ["+"] : shortcut.split("+");
  const key = parts.at(-1) ?? "";
  const has = (modifier: string) => parts.slice(0, -1).includes(modifier);
  return { mod: has("Mod"), shift: has("Shift"), alt: has("Alt"), key };
}

/** Whether a key event matches a shortcut, on any keyboard layout. */
export function matches(event: KeyboardEvent, shortcut: Shortcut): boolean {
  const { mod, shift, alt, key } = parse(shortcut);
  const letter = /^[A-Z]$/.test(key);
  const symbol = key.length === 1 && !letter && !/\d/.test(key);
  // Many layouts type symbols with Shift or with AltGr, which is reported as Control and Alt.
  const altGraph = event.getModifierState("AltGraph");
  const pressedMod = (MAC ? event.metaKey : event.ctrlKey) && !(symbol && altGraph);
  const other = MAC ? event.ctrlKey : event.metaKey;
  if (pressedMod !== mod || other) return false;
  if (!symbol && (event.shiftKey !== shift || event.altKey !== alt)) return false;
  if (key === "1-9") return /^[1-9]$/.test(event.key);
  if (letter) {
    // Layouts without Latin letters are matched by the key's position.
    const latin = /^[a-z]$/i.test(event.key);
    return latin ? event.key.toUpperCase() === key : event.code === `Key${key}`;
  }
  return event.key === (key === "Space" ? " " : key);
}

const NAMES: Record<string, string> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Enter: "↵",
  Escape: "Esc",
  Backspace: MAC ? "⌫" : "Backspace",
  Delete: "Del",
  "1-9": "1–9",
};

/** The labels of a shortcut's keycaps, one per key. */
export function keycaps(shortcut: Shortcut): string[] {
  const { mod, shift, alt, key } = parse(shortcut);
  const caps: string[] = [];
  if (mod) caps.push(MAC ? "⌘" : "Ctrl");
  if (alt) caps.push(MAC ? "⌥" : "Alt");
  if (shift) caps.push(MAC ? "⇧" : "Shift");
  caps.push(NAMES[key] ?? key);
  return caps;
}

/** A shortcut in the notation of `aria-keyshortcuts`. */
export function ariaShortcut(shortcut: Shortcut): string {
  return shortcut.replace("Mod", MAC ? "Meta" : "Control");
}
