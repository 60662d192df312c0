import {
  app,
  type BaseWindow,
  Menu,
  type MenuItemConstructorOptions,
  type WebContents,
} from "electron";
import type { HOST_COMMANDS } from "../contract/host.ts";
import type { RecentProject } from "../contract/project.ts";

type HostCommand = (typeof HOST_COMMANDS)[number];
type Item = MenuItemConstructorOptions;

export interface MenuOptions {
  readonly recent: readonly RecentProject[];
  readonly onCommand: (command: HostCommand) => void;
  readonly onOpen: (project: string) => void;
  /** The page, for editing text in its fields. */
  readonly page: () => WebContents | null;
  /** For those who work on the program. */
  readonly devTools: boolean;
}

/** Projects that the menu offers; the page lists them all. */
const MOST_RECENT = 10;

const isMac = process.platform === "darwin";

/** Sets the program's menu. Its commands are the page's own, by the same names and keys. */
export function setMenu(options: MenuOptions): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(options)));
}

function menuTemplate({ recent, onCommand, onOpen, page, devTools }: MenuOptions): Item[] {
  const command = (label: string, name: HostCommand, accelerator?: string): Item => ({
    id: name,
    label,
    ...(accelerator === undefined ? {} : { accelerator }),
    click: () => onCommand(name),
  });
  /** The page takes this key for its decisions. Where it leaves the key alone, as in a field, the text is meant. */
  const editing = (label: string, name: "undo" | "redo", accelerator: string): Item => ({
    id: name,
    label,
    accelerator,
    registerAccelerator: isMac,
    click: (_item, _window: BaseWindow | undefined, { triggeredByAccelerator }) => {
      if (triggeredByAccelerator) page()?.[name]();
      else onCommand(name);
    },
  });
  /** A key without Ctrl or Cmd is the page's own, told but not taken: macOS would take it from text that is being typed. */
  const plain = (label: string, name: HostCommand, key: string): Item => ({
    ...command(label, name),
    ...(isMac ? {} : { accelerator: key, registerAccelerator: false }),
  });
  const settings = command("Settings…", "settings", "CmdOrCtrl+,");
  const separator: Item = { type: "separator" };

  const appMenu: Item = {
    role: "appMenu",
    submenu: [
      { role: "about" },
      separator,
      settings,
      separator,
      { role: "services" },
      separator,
      { role: "hide" },
      { role: "hideOthers" },
      { role: "unhide" },
      separator,
      { role: "quit" },
    ],
  };
  const file: Item = {
    role: "fileMenu",
    submenu: [
      command("New Scan…", "new-scan", "CmdOrCtrl+N"),
      command("Open Project…", "open-project", "CmdOrCtrl+O"),
      { label: "Open Recent", id: "recent", submenu: recentItems(recent, onOpen) },
      separator,
      ...(isMac
        ? [{ role: "close" } satisfies Item]
        : [settings, separator, { role: "quit" } satisfies Item]),
    ],
  };
  const edit: Item = {
    role: "editMenu",
    submenu: [
      editing("Undo", "undo", "CmdOrCtrl+Z"),
      editing("Redo", "redo", "CmdOrCtrl+Shift+Z"),
      separator,
      { role: "cut" },
      { role: "copy" },
      { role: "paste" },
      { role: "selectAll" },
    ],
  };
  const view: Item = {
    role: "viewMenu",
    submenu: [
      plain("Overview", "overview", "O"),
      plain("Review", "review", "R"),
      plain("Label Conflicts", "conflicts", "Shift+R"),
      plain("Plan…", "plan", "P"),
      separator,
      command("All Commands", "palette", "CmdOrCtrl+K"),
      separator,
      { role: "resetZoom" },
      { role: "zoomIn" },
      { role: "zoomOut" },
      { role: "togglefullscreen" },
      ...(devTools
        ? [separator, { role: "reload" } satisfies Item, { role: "toggleDevTools" } satisfies Item]
        : []),
    ],
  };
  const cluster: Item = {
    label: "Cluster",
    submenu: [
      plain("Next", "next-cluster", "Down"),
      plain("Previous", "previous-cluster", "Up"),
      separator,
      plain("Remove or Keep the Image", "toggle-remove", "X"),
      plain("Keep Only This Image", "keep-only", "Enter"),
      plain("Keep the Best Image", "keep-best", "B"),
      plain("Not Duplicates", "not-duplicates", "N"),
      plain("Split at the Weakest Link", "split-cluster", "S"),
      separator,
      plain("Compare with Its Match", "compare", "C"),
      plain("Similar to This", "similar", "F"),
    ],
  };
  const help: Item = {
    role: "help",
    submenu: [
      plain("Keyboard Shortcuts", "keys", "?"),
      ...(isMac ? [] : [separator, { role: "about" } satisfies Item]),
    ],
  };
  return [...(isMac ? [appMenu] : []), file, edit, view, cluster, { role: "windowMenu" }, help];
}

function recentItems(recent: readonly RecentProject[], onOpen: (project: string) => void): Item[] {
  const present = recent.filter((project) => project.present).slice(0, MOST_RECENT);
  if (present.length === 0) return [{ label: "No projects yet", enabled: false }];
  return present.map(({ name, project }) => ({
    // An ampersand would be taken for the mark of an access key.
    label: name.replaceAll("&", "&&"),
    click: () => onOpen(project),
  }));
}

/** What the about panel shows. @param version of the program */
export function setAboutPanel(version: string): void {
  app.setAboutPanelOptions({
    applicationName: "Twinlens",
    applicationVersion: version,
    version: `Electron ${process.versions.electron}`,
    copyright: "MIT license",
  });
}
