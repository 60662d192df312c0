import { createWriteStream } from "node:fs";
import { mkdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { EngineError } from "../../contract/errors.ts";
import { bytesFromPathText } from "../../text/paths.ts";
import { systemErrorCode, systemErrorReason } from "./system-errors.ts";

/** Encodes text; a file name that is not UTF-8 gets its original bytes back. */
function* encoded(chunks: Iterable<string | Uint8Array>): Generator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === "string" ? bytesFromPathText(chunk) : chunk;
}

/**
 * Writes a file completely or not at all: into a temporary file next to it, which then takes its name. A symbolic link stays a link;
 * anything that is not a file, such as /dev/null or a pipe, is written to and never replaced.
 * @throws EngineError DISK_UNWRITABLE
 */
export async function writeWhole(
  path: string,
  chunks: Iterable<string | Uint8Array>,
): Promise<void> {
  const bytes = Readable.from(encoded(chunks), { objectMode: true });
  const there = await stat(path).catch(() => undefined);
  const isReplaceable = !there || there.isFile() || there.isDirectory();
  const target = there && isReplaceable ? await realpath(path) : resolve(path);
  const partial = join(dirname(target), `.${basename(target)}.${process.pid}.partial`);
  try {
    await mkdir(dirname(target), { recursive: true });
    await pipeline(bytes, createWriteStream(isReplaceable ? partial : target));
    if (isReplaceable) await rename(partial, target);
  } catch (cause) {
    // If creating the folder failed, there is no partial file to remove.
    await rm(partial, { force: true }).catch(() => {});
    if (systemErrorCode(cause) === undefined) throw cause;
    throw new EngineError(
      "DISK_UNWRITABLE",
      `Cannot write ${target}: ${systemErrorReason(cause)}. Choose another folder.`,
      { cause },
    );
  }
}
