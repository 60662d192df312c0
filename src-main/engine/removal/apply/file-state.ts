import { createHash } from "node:crypto";
import { type BigIntStats, createReadStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

/** What tells a file from any other. */
export interface FileFacts {
  readonly bytes: number;
  /** Time of its last change, in nanoseconds since 1970. */
  readonly modifiedNs: bigint;
  /** In hex. */
  readonly sha256: string;
}

/** What stands at a path, links not followed; `null` for nothing. @throws what the system says of a path that can't be looked at. */
export async function look(path: Buffer): Promise<BigIntStats | null> {
  try {
    return await lstat(path, { bigint: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw cause;
  }
}

/** SHA-256 of a file's bytes, in hex. */
export async function digestOf(path: Buffer): Promise<string> {
  const digest = createHash("sha256");
  await pipeline(createReadStream(path), digest);
  return digest.digest("hex");
}

/** Whether a regular file of this content stands at a path. */
export async function holds(path: Buffer, { bytes, sha256 }: FileFacts): Promise<boolean> {
  const there = await look(path);
  if (!there?.isFile() || Number(there.size) !== bytes) return false;
  return (await digestOf(path)) === sha256;
}

/** Whether the file is as it was: by size and time, or else by content. */
export async function isAsNoted(path: Buffer, facts: FileFacts): Promise<boolean> {
  const there = await look(path);
  if (!there?.isFile() || Number(there.size) !== facts.bytes) return false;
  return there.mtimeNs === facts.modifiedNs || (await digestOf(path)) === facts.sha256;
}

export function isSameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/** The folder of a file, in bytes: its own name may not be UTF-8. */
export function folderOf(path: Buffer): Buffer {
  return path.subarray(0, Math.max(1, path.lastIndexOf("/")));
}
