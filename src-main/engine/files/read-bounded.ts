import { readFile, stat } from "node:fs/promises";

const BYTES_PER_MIB = 1024 ** 2;

/**
 * Reads a file from outside that must fit into memory.
 * @throws RangeError for a larger file, whose message continues a sentence; the system's error
 */
export async function readBounded(file: string, mostBytes: number): Promise<Buffer> {
  const { size } = await stat(file);
  if (size > mostBytes) throw tooLarge(mostBytes);
  const bytes = await readFile(file);
  if (bytes.length > mostBytes) throw tooLarge(mostBytes); // a pipe or a file that grew
  return bytes;
}

export function tooLarge(mostBytes: number): RangeError {
  return new RangeError(`it is larger than ${mostBytes / BYTES_PER_MIB} MiB`);
}
