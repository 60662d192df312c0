import {
  app,
  type BaseWindow,
  Menu,
  type MenuItemConstructorOptions,
  type WebContents,
} from "electron";
import { type CommandId, commandInfo, type Shortcut } from "../contract/commands.ts";
import type { RecentProject } from "../contract/project.ts";

type Item = MenuItemConstructorOptions;

export interface MenuOptions {
  readonly recent: readonly RecentProject[];
  readonly onCommand: (command: CommandId) => void;
  readonly onOpen: (project: string) => void;
  /** The page, for undo and redo in its text fields. */
  readonly page: () => WebContents | null;
  /** For developers. */
  readonly devTools: boolean;
}

/** Projects under Open Recent; the page lists all. */
const MAX_RECENT = 10;

const isMac = process.platform === "darwin";

/** Sets the application menu. Titles and keys come from the same table as the page's. */
export function setMenu(options: MenuOptions): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(options)));
}

function menuTemplate({ recent, onCommand, onOpen, page, devTools }: MenuOptions): Item[] {
  const command = (id: CommandId): Item => {
    const { title, keys = [], menuKey = keys.find(isAccelerator) } = commandInfo(id);
    const accelerator = menuKey ?? (isMac ? undefined : keys[0]);
    return {
      id,
      label: titleCase(title),
      ...(accelerator === undefined ? {} : { accelerator: acceleratorOf(accelerator) }),
      // The page handles plain keys itself. On macOS a menu would take them even from text fields, so none is shown.
      ...(menuKey === undefined && accelerator !== undefined ? { registerAccelerator: false } : {}),
      click: () => onCommand(id),
    };
  };
  /** The page takes this key for decisions. When it leaves the key alone, as in a text field, the menu edits text. */
  const editing = (id: "undo" | "redo"): Item => ({
    ...command(id),
    registerAccelerator: isMac,
    click: (_item, _window: BaseWindow | undefined, { triggeredByAccelerator }) => {
      if (triggeredByAccelerator) page()?.[id]();
      else onCommand(id);
    },
  });
  const settings = command("settings");
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
      command("new-scan"),
      command("open-project"),
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
      editing("undo"),
      editing("redo"),
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
      command("overview"),
      command("review"),
      command("conflicts"),
      command("plan"),
      separator,
      command("palette"),
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
      command("next-cluster"),
      command("previous-cluster"),
      separator,
      command("toggle-remove"),
      command("keep-only"),
      command("keep-best"),
      command("not-duplicates"),
      command("split-cluster"),
      separator,
      command("compare"),
      command("similar"),
    ],
  };
  const help: Item = {
    role: "help",
    submenu: [command("keys"), ...(isMac ? [] : [separator, { role: "about" } satisfies Item])],
  };
  return [...(isMac ? [appMenu] : []), file, edit, view, cluster, { role: "windowMenu" }, help];
}

/** Whether a menu can own a shortcut on every system: one without Ctrl or Command belongs to the page. */
function isAccelerator(shortcut: Shortcut): boolean {
  return shortcut.startsWith("Mod+");
}

/** A shortcut in Electron's notation. */
function acceleratorOf(shortcut: Shortcut): string {
  return shortcut.replace("Mod+", "CmdOrCtrl+").replace("Arrow", "");
}

const SMALL_WORDS = new Set(["a", "all", "at", "in", "its", "of", "or", "the", "to", "with"]);

/** Menus capitalize every word except small ones: "Keep Only This Image". */
function titleCase(title: string): string {
  return title.replace(/\S+/g, (word, at: number) =>
    at > 0 && SMALL_WORDS.has(word) ? word : word.charAt(0).toUpperCase() + word.slice(1),
  );
}

function recentItems(recent: readonly RecentProject[], onOpen: (project: string) => void): Item[] {
  const present = recent.filter((project) => project.present).slice(0, MAX_RECENT);
  if (present.length === 0) return [{ label: "No projects yet", enabled: false }];
  return present.map(({ name, project }) => ({
    // A single ampersand would mark an access key.
    label: name.replaceAll("&", "&&"),
    click: () => onOpen(project),
  }));
}

/** @param version the program's version. */
export function setAboutPanel(version: string): void {
  app.setAboutPanelOptions({
    applicationName: "Twinlens",
    applicationVersion: version,
    version: `Electron ${process.versions.electron}`,
    copyright: "MIT license",
  });
}
