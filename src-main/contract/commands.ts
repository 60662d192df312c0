import { z } from "zod";

/** Headings of the command palette and of the list of keyboard shortcuts, in display order. */
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

/**
 * Modifiers and a key joined by `+`, such as `X`, `Shift+U`, `Mod+K`, `ArrowDown`, or `?`. `Mod` is Command on macOS
 * and Control elsewhere; `1-9` matches any of these digits.
 */
export type Shortcut = string;

/** The fixed part of a command; the screen that offers it adds what it does and when it is enabled. */
export interface CommandInfo {
  /** In sentence case, as shown in the palette, tooltips and the list of shortcuts. */
  readonly title: string;
  readonly group: CommandGroup;
  /** Tooltips show the first one. */
  readonly keys?: readonly Shortcut[];
  /** The desktop menu's shortcut, for keys that a browser reserves for itself. */
  readonly menuKey?: Shortcut;
  /** Also works while a text field has the focus. */
  readonly inFields?: boolean;
  /** Repeats while its key is held down. */
  readonly repeats?: boolean;
  /** Not in the palette, because the command is useful only by its key. */
  readonly keyOnly?: boolean;
}

/**
 * Every command by the part of the page that offers it. A command of an inner part (`compare`, `similar`) replaces the
 * outer one that has the same id or key.
 */
export const COMMANDS = {
  app: {
    "new-scan": {
      title: "New scan",
      group: "Go to",
      keys: ["Mod+Shift+O"],
      menuKey: "Mod+N",
    },
    palette: { title: "All commands", group: "Twinlens", keys: ["Mod+K"], inFields: true },
    keys: { title: "Keyboard shortcuts", group: "Twinlens", keys: ["?"] },
    settings: { title: "Settings", group: "Twinlens", keys: ["Mod+,"], inFields: true },
    "theme-system": { title: "Use the system theme", group: "Twinlens" },
    "theme-light": { title: "Use the light theme", group: "Twinlens" },
    "theme-dark": { title: "Use the dark theme", group: "Twinlens" },
  },
  start: {
    "choose-folders": { title: "Choose folders…", group: "Project", keys: ["Mod+O"] },
    "open-project": { title: "Open project file…", group: "Project", menuKey: "Mod+O" },
    demo: { title: "Try the demo", group: "Project" },
    "start-scan": {
      title: "Start scan",
      group: "Project",
      keys: ["Mod+Enter"],
      inFields: true,
    },
  },
  scan: {
    "pause-scan": { title: "Pause scan", group: "Project", keys: ["Space"] },
    "cancel-scan": { title: "Cancel scan", group: "Project" },
  },
  project: {
    overview: { title: "Overview", group: "Go to", keys: ["O"] },
    review: { title: "Review clusters", group: "Go to", keys: ["R"] },
    conflicts: { title: "Review label conflicts", group: "Go to", keys: ["Shift+R"] },
    "review-leaks": { title: "Review clusters across splits", group: "Go to" },
    "scan-again": { title: "Scan folders again", group: "Project" },
  },
  decisions: {
    undo: { title: "Undo", group: "Decide", keys: ["U", "Mod+Z"], repeats: true },
    redo: { title: "Redo", group: "Decide", keys: ["Shift+U", "Mod+Shift+Z"], repeats: true },
    "keeper-rules": { title: "Keeper rules…", group: "Decide" },
    plan: { title: "Plan removal…", group: "Decide", keys: ["P"] },
    "undo-removal": { title: "Undo last removal…", group: "Decide" },
    "save-decisions": { title: "Save decisions to a file", group: "Project" },
    "import-decisions": { title: "Import decisions…", group: "Project" },
    "replace-decisions": {
      title: "Import decisions and replace different ones…",
      group: "Project",
    },
    "save-corrections": { title: "Save label corrections as CSV", group: "Project" },
  },
  review: {
    "next-cluster": {
      title: "Next cluster",
      group: "Clusters",
      keys: ["ArrowDown", "J"],
      repeats: true,
    },
    "previous-cluster": {
      title: "Previous cluster",
      group: "Clusters",
      keys: ["ArrowUp", "K"],
      repeats: true,
    },
    "next-image": {
      title: "Next image",
      group: "Clusters",
      keys: ["ArrowRight", "L"],
      repeats: true,
      keyOnly: true,
    },
    "previous-image": {
      title: "Previous image",
      group: "Clusters",
      keys: ["ArrowLeft", "H"],
      repeats: true,
      keyOnly: true,
    },
    "image-number": { title: "Image 1 to 9", group: "Clusters", keys: ["1-9"], keyOnly: true },
    filter: { title: "Filter by path", group: "Clusters", keys: ["/"] },
    "toggle-remove": { title: "Remove or keep this image", group: "Decide", keys: ["X"] },
    "keep-only": { title: "Keep only this image", group: "Decide", keys: ["Enter"] },
    "keep-best": { title: "Keep the best image", group: "Decide", keys: ["B"] },
    "keep-all": { title: "Keep all images in the cluster", group: "Decide", keys: ["A"] },
    "not-duplicates": { title: "Not duplicates", group: "Decide", keys: ["N"] },
    "cluster-not-duplicates": {
      title: "No duplicates in this cluster",
      group: "Decide",
      keys: ["Shift+N"],
    },
    "split-cluster": { title: "Split at the weakest link", group: "Decide", keys: ["S"] },
    "settle-label": { title: "This image's label is right", group: "Decide", keys: ["T"] },
    "other-label": { title: "Enter the right label…", group: "Decide", keys: ["Shift+T"] },
    compare: { title: "Compare with its match", group: "Look", keys: ["C"] },
    similar: { title: "Find similar images", group: "Look", keys: ["F"] },
    "tile-size": { title: "Change tile size", group: "Look", keys: ["G"] },
    details: { title: "Show or hide details", group: "Look", keys: ["I"] },
    "threshold-down": {
      title: "Lower threshold",
      group: "Threshold",
      keys: ["["],
      repeats: true,
    },
    "threshold-up": {
      title: "Raise threshold",
      group: "Threshold",
      keys: ["]"],
      repeats: true,
    },
    "threshold-auto": { title: "Automatic threshold", group: "Threshold" },
  },
  compare: {
    compare: { title: "Next comparison mode", group: "Look", keys: ["C"] },
    "compare-back": {
      title: "Previous comparison mode",
      group: "Look",
      keys: ["Shift+C"],
      keyOnly: true,
    },
    "close-overlay": { title: "Back to cluster", group: "Look", keys: ["Escape"] },
    "zoom-in": { title: "Zoom in", group: "Look", keys: ["+", "="], repeats: true },
    "zoom-out": { title: "Zoom out", group: "Look", keys: ["-"], repeats: true },
    "zoom-whole": { title: "Show whole image", group: "Look", keys: ["0"] },
    blink: { title: "Switch images", group: "Look", keys: ["Space"] },
  },
  similar: {
    "close-overlay": { title: "Back to cluster", group: "Look", keys: ["Escape"] },
    similar: { title: "Back to cluster", group: "Look", keys: ["F"], keyOnly: true },
    "next-image": {
      title: "Next image",
      group: "Clusters",
      keys: ["ArrowRight", "L"],
      repeats: true,
      keyOnly: true,
    },
    "previous-image": {
      title: "Previous image",
      group: "Clusters",
      keys: ["ArrowLeft", "H"],
      repeats: true,
      keyOnly: true,
    },
    "image-number": { title: "Image 1 to 9", group: "Clusters", keys: ["1-9"], keyOnly: true },
    "toggle-remove": { title: "Remove or keep this image", group: "Decide", keys: ["X"] },
    "open-cluster": { title: "Open its cluster", group: "Look", keys: ["Enter"] },
    "not-duplicates": { title: "Not duplicates", group: "Decide", keys: ["N"] },
  },
} as const satisfies Record<string, Record<string, CommandInfo>>;

/** A part of the page that offers commands. */
export type CommandScope = keyof typeof COMMANDS;
export type CommandIn<Scope extends CommandScope> = keyof (typeof COMMANDS)[Scope] & string;
export type CommandId = { [Scope in CommandScope]: CommandIn<Scope> }[CommandScope];

/** The commands of one part of the page, in display order. */
export function commandsIn(scope: CommandScope): readonly (readonly [CommandId, CommandInfo])[] {
  return Object.entries(COMMANDS[scope]) as [CommandId, CommandInfo][];
}

const INFOS = new Map(
  (Object.keys(COMMANDS) as CommandScope[]).toReversed().flatMap((scope) => commandsIn(scope)),
);

export const CommandId = z.enum([...INFOS.keys()]);

/** The outermost command with this id, as the desktop menu shows it. */
export function commandInfo(id: CommandId): CommandInfo {
  const info = INFOS.get(id);
  if (!info) throw new Error(`Unknown command: ${id}`);
  return info;
}
