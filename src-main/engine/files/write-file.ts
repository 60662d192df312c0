import { createWriteStream } from "node:fs";
import { mkdir, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { EngineError } from "../../contract/errors.ts";
import { bytesFromPathText } from "../../text/paths.ts";
import { systemErrorReason } from "./system-error-reason.ts";

/** Text as bytes; a file name that is not UTF-8 comes out as its own bytes again. */
function* encoded(chunks: Iterable<string | Uint8Array>): Generator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === "string" ? bytesFromPathText(chunk) : chunk;
}

/**
 * Writes a file whole or not at all: into a neighbor first, which then takes the name. A link stays one, and what is no
 * file, such as /dev/null or a pipe, is written to and never replaced.
 * @throws EngineError DISK_UNWRITABLE.
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
    // Where the folder could not be made there is no partial file either.
    await rm(partial, { force: true }).catch(() => {});
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === undefined) throw cause;
    throw new EngineError(
      "DISK_UNWRITABLE",
      `Cannot write ${target}: ${systemErrorReason(cause)}.`,
      { cause },
    );
  }
}
