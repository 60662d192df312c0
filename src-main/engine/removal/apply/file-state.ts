import { createHash } from "node:crypto";
import { type BigIntStats, createReadStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

/** What identifies a file's content. */
export interface FileFacts {
  readonly bytes: number;
  /** Modification time, in nanoseconds since 1970. */
  readonly modifiedNs: bigint;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** The file at a path, without following links; `null` if there is none. @throws the system's error if it cannot be read */
export async function look(path: Buffer): Promise<BigIntStats | null> {
  try {
    return await lstat(path, { bigint: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw cause;
  }
}

/** SHA-256 of a file, in hexadecimal. */
export async function digestOf(path: Buffer): Promise<string> {
  const digest = createHash("sha256");
  await pipeline(createReadStream(path), digest);
  return digest.digest("hex");
}

/** Whether there is a regular file with this content at a path. */
export async function holds(path: Buffer, { bytes, sha256 }: FileFacts): Promise<boolean> {
  const there = await look(path);
  if (!there?.isFile() || Number(there.size) !== bytes) return false;
  return (await digestOf(path)) === sha256;
}

/** Whether a file is unchanged: by size and time, or else by content. */
export async function isAsNoted(path: Buffer, facts: FileFacts): Promise<boolean> {
  const there = await look(path);
  if (!there?.isFile() || Number(there.size) !== facts.bytes) return false;
  return there.mtimeNs === facts.modifiedNs || (await digestOf(path)) === facts.sha256;
}

export function isSameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/** A file's folder, as bytes: names may not be UTF-8. */
export function folderOf(path: Buffer): Buffer {
  return path.subarray(0, Math.max(1, path.lastIndexOf("/")));
}
