import { readdir, readFile, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathTextFromBytes } from "../../../text/paths.ts";
import { type FileFacts, folderOf, holds, look } from "./file-state.ts";

/** A file in the trash, and the note beside it that says where it was. */
export interface TrashedFile {
  readonly file: Buffer;
  readonly info: Buffer;
}

/**
 * Looks for a file in the trash of Linux desktops (the freedesktop.org trash specification 1.0): that of the home folder, and those at
 * the top of the file's own file system.
 * @returns the one of this content that was put there last; `null` where there is none, and on systems with another trash
 */
export async function findInTrash(from: Buffer, facts: FileFacts): Promise<TrashedFile | null> {
  if (process.platform !== "linux") return null;
  const path = pathTextFromBytes(from);
  let latest: (TrashedFile & { date: string }) | null = null;
  for (const { trash, top } of await trashesFor(from)) {
    const names = await readdir(join(trash, "info")).catch(() => []);
    for (const name of names.filter((one) => one.endsWith(".trashinfo"))) {
      const info = join(trash, "info", name);
      const note = parsedNote(await readFile(info, "utf8").catch(() => ""));
      if (note === null || resolve(top, note.path) !== path) continue;
      if (latest && note.date <= latest.date) continue;
      const file = Buffer.from(join(trash, "files", basename(name, ".trashinfo")));
      if (await holds(file, facts)) latest = { file, info: Buffer.from(info), date: note.date };
    }
  }
  return latest;
}

/** Trashes that a file may have gone to; paths in a note may be relative to `top`. */
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

/** The top folder of the file system that a file was on. */
async function topFolder(from: Buffer): Promise<string | null> {
  try {
    let folder = await realpath(pathTextFromBytes(folderOf(from)));
    const device = (await look(Buffer.from(folder)))?.dev;
    while (folder !== "/" && (await look(Buffer.from(dirname(folder))))?.dev === device) {
      folder = dirname(folder);
    }
    return folder;
  } catch {
    return null; // A folder that is gone says nothing of where it was.
  }
}

function parsedNote(text: string): { path: string; date: string } | null {
  const path = /^Path=(.*)$/m.exec(text)?.[1];
  if (path === undefined) return null;
  try {
    const date = /^DeletionDate=(.*)$/m.exec(text)?.[1] ?? "";
    return { path: decodeURIComponent(path), date };
  } catch {
    return null;
  }
}
