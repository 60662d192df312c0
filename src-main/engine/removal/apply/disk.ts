import { constants } from "node:fs";
import {
  chmod,
  copyFile,
  link,
  lstat,
  mkdir,
  open,
  rename,
  rmdir,
  truncate,
  unlink,
  utimes,
} from "node:fs/promises";

/** Every operation that changes the disk. Tests replace it to end the process before or during any of them. */
export interface Disk {
  /** Makes a folder and its parents. */
  makeFolder(folder: Buffer): Promise<void>;
  /** Fails if the folder is not empty. */
  removeFolder(folder: Buffer): Promise<void>;
  /** Makes a hard link. Fails if `to` exists. */
  link(from: Buffer, to: Buffer): Promise<void>;
  /** Replaces `to` if it exists. */
  rename(from: Buffer, to: Buffer): Promise<void>;
  unlink(file: Buffer): Promise<void>;
  /** Copies content, permissions and times, and flushes them to disk. Fails if `to` exists. */
  copy(from: Buffer, to: Buffer): Promise<void>;
  /** Flushes a folder's entries to disk. */
  flushFolder(folder: Buffer): Promise<void>;
  /** Appends text to a file, which is created if missing, and flushes it to disk. */
  append(file: string, text: string): Promise<void>;
  truncate(file: string, bytes: number): Promise<void>;
}

/** The real disk. */
export const DISK: Disk = {
  async makeFolder(folder) {
    await mkdir(folder, { recursive: true });
  },
  removeFolder: rmdir,
  link,
  rename,
  unlink,
  async copy(from, to) {
    const { mode, atimeNs, mtimeNs } = await lstat(from, { bigint: true });
    await copyFile(from, to, constants.COPYFILE_EXCL);
    await chmod(to, Number(mode) & 0o7777);
    await utimes(to, secondsOf(atimeNs), secondsOf(mtimeNs));
    await flush(to);
  },
  async flushFolder(folder) {
    // Some systems cannot open folders.
    await flush(folder).catch(() => {});
  },
  async append(file, text) {
    const handle = await open(file, "a");
    try {
      await handle.appendFile(text);
      await handle.datasync();
    } finally {
      await handle.close();
    }
  },
  truncate,
};

/** Seconds as a double, which is exact to a quarter of a microsecond. */
function secondsOf(ns: bigint): number {
  return Number(ns / 1_000_000_000n) + Number(ns % 1_000_000_000n) / 1e9;
}

async function flush(path: Buffer): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
