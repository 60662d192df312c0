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

/** Every act that changes something on disk, so that a test can end the process before or within any of them. */
export interface Disk {
  /** Makes a folder and those above it. */
  makeFolder(folder: Buffer): Promise<void>;
  /** Fails for one that is not empty. */
  removeFolder(folder: Buffer): Promise<void>;
  /** Gives a file another name. Fails where the name is taken. */
  link(from: Buffer, to: Buffer): Promise<void>;
  /** Takes over the name, whoever had it. */
  rename(from: Buffer, to: Buffer): Promise<void>;
  unlink(file: Buffer): Promise<void>;
  /** Copies content, permissions and times to a name that is free; it is on the disk when this is done. */
  copy(from: Buffer, to: Buffer): Promise<void>;
  /** Puts new names in a folder on the disk. */
  flushFolder(folder: Buffer): Promise<void>;
  /** Adds text to a file, making it when it is not there; it is on the disk when this is done. */
  append(file: string, text: string): Promise<void>;
  truncate(file: string, bytes: number): Promise<void>;
}

/** The machine's own. */
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
    // Some systems open no folder: there the file system's own order has to do.
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

/** Times go through a double: what is finer than a quarter of a microsecond is rounded. */
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
