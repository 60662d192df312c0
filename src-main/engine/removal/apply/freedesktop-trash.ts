import { readdir, readFile, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathTextFromBytes } from "../../../text/paths.ts";
import { type FileFacts, folderOf, holds, look } from "./file-state.ts";

/** A file in the trash and its `.trashinfo` file, which has the original path. */
export interface TrashedFile {
  readonly file: Buffer;
  readonly info: Buffer;
}

/**
 * Finds a file in the trash of Linux desktops (freedesktop.org trash specification 1.0): in the home folder and at the top of the file's
 * file system.
 * @returns the latest one with this content; `null` if there is none, and on other systems
 */
export async function findInTrash(from: Buffer, facts: FileFacts): Promise<TrashedFile | null> {
  if (process.platform !== "linux") return null;
  const path = pathTextFromBytes(from);
  let latest: (TrashedFile & { date: string }) | null = null;
  for (const { trash, top } of await trashesFor(from)) {
    const names = await readdir(join(trash, "info")).catch(() => []);
    for (const name of names.filter((one) => one.endsWith(".trashinfo"))) {
      const info = join(trash, "info", name);
      const trashInfo = parsedTrashInfo(await readFile(info, "utf8").catch(() => ""));
      if (trashInfo === null || resolve(top, trashInfo.path) !== path) continue;
      if (latest && trashInfo.date <= latest.date) continue;
      const file = Buffer.from(join(trash, "files", basename(name, ".trashinfo")));
      if (await holds(file, facts))
        latest = { file, info: Buffer.from(info), date: trashInfo.date };
    }
  }
  return latest;
}

/** The trash folders for a file. Paths in `.trashinfo` files may be relative to `top`. */
async function trashesFor(from: Buffer): Promise<{ trash: string; top: string }[]> {
  // biome-ignore lint/complexity/useLiteralKeys: a name from outside
  const data = process.env["XDG_DATA_HOME"] || join(homedir(), ".local", "share");
  const home = { trash: join(data, "Trash"), top: "/" };
  const top = await topFolder(from);
  if (top === null) return [home];
  const user = process.getuid?.() ?? 0;
  const shared = [join(top, ".Trash", String(user)), join(top, `.Trash-${user}`)];
  return [home, ...shared.map((trash) => ({ trash, top }))];
}

/** The top folder of a file's file system. */
async function topFolder(from: Buffer): Promise<string | null> {
  try {
    let folder = await realpath(pathTextFromBytes(folderOf(from)));
    const device = (await look(Buffer.from(folder)))?.dev;
    while (folder !== "/" && (await look(Buffer.from(dirname(folder))))?.dev === device) {
      folder = dirname(folder);
    }
    return folder;
  } catch {
    return null; // The folder is gone, and its file system unknown.
  }
}

function parsedTrashInfo(text: string): { path: string; date: string } | null {
  const path = /^Path=(.*)$/m.exec(text)?.[1];
  if (path === undefined) return null;
  try {
    const date = /^DeletionDate=(.*)$/m.exec(text)?.[1] ?? "";
    return { path: decodeURIComponent(path), date };
  } catch {
    return null;
  }
}
