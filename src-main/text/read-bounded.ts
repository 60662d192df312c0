import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

const BYTES_PER_MIB = 1024 ** 2;

/**
 * Reads a file from outside that must fit into memory. A larger one is refused by its size; a pipe or device, once it has given too much.
 * @throws RangeError for a larger file, whose message continues a sentence; the system's error
 */
export async function readBounded(file: string, mostBytes: number): Promise<Buffer> {
  if ((await stat(file)).size > mostBytes) throw tooLarge(mostBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) throw tooLarge(mostBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function tooLarge(mostBytes: number): RangeError {
  return new RangeError(`it is larger than ${mostBytes / BYTES_PER_MIB} MiB`);
}
