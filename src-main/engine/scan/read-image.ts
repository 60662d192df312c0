import { hash } from "node:crypto";
import { type PathLike, readFile as readFileCallback } from "node:fs";
import { open } from "node:fs/promises";
import { promisify } from "node:util";
import { unreadableReason } from "../../contract/unreadable.ts";
import { pathTextFromBytes } from "../../text/paths.ts";
import type { PendingFile } from "../data/files-table.ts";
import { absolutePath } from "../files/paths.ts";
import { systemErrorReason } from "../files/system-errors.ts";
import type { BatchWriter, Decoded, Settled } from "./batch-writer.ts";
import { type DecodedImage, pixelDigest } from "./decode/decode.ts";
import { exifBlock, exifEntries } from "./decode/exif.ts";
import type { Semaphore } from "./decode/semaphore.ts";
import { looksLikeImageName, SNIFF_BYTES, sniffFormat } from "./decode/sniff.ts";
import { UnreadableImageError } from "./decode/unreadable-image-error.ts";
import { makeSignature } from "./evidence/signature.ts";

/** Larger files are rejected because they are read into memory. */
const MAX_FILE_BYTES = 1024 ** 3;

// The callback version is a third faster on small files than the one of node:fs/promises.
const readFile = promisify(readFileCallback) as (path: PathLike) => Promise<Buffer>;

export interface ImageReader {
  readonly writer: BatchWriter;
  readonly decode: (bytes: Buffer) => Promise<DecodedImage>;
  /** Bounds the total size of the files in memory. */
  readonly bytesInFlight: Semaphore;
}

/** `joined`: another file with the same bytes is being decoded. */
export type Outcome = Settled | Decoded | { readonly state: "joined" };

/** Reads and decodes a file unless its content is known. Never rejects: problems are outcomes. */
export async function readImage(file: PendingFile, reader: ImageReader): Promise<Outcome> {
  const path = absolutePath(file.root, file.path);
  try {
    const hasImageName = looksLikeImageName(pathTextFromBytes(file.path));
    if (!hasImageName && !(await startsLikeImage(path))) return { files: [file], state: "other" };
    if (file.bytes > MAX_FILE_BYTES)
      throw new UnreadableImageError("too-large", `the file has more than ${MAX_FILE_BYTES} bytes`);
    return await reader.bytesInFlight.run(file.bytes, () => decodeFile(file, path, reader));
  } catch (cause) {
    return { files: [file], state: "unreadable", reason: reasonOf(cause) };
  }
}

async function decodeFile(
  file: PendingFile,
  path: Buffer,
  { writer, decode }: ImageReader,
): Promise<Outcome> {
  const bytes = await readFile(path);
  const sha256 = hash("sha256", bytes, "buffer");
  const content = writer.knownContent(sha256);
  if (content !== undefined) {
    if (!writer.lacksDamage(content)) return { files: [file], state: "known", content };
    const { damage } = await decode(bytes);
    return { files: [file], state: "known", content, damage };
  }
  if (writer.join(sha256, file)) return { state: "joined" };
  const files = writer.expect(sha256, file);
  try {
    const image = await decode(bytes);
    const exif = await exifBlock(bytes, image.format);
    return {
      files,
      state: "decoded",
      sha256,
      bytes: bytes.length,
      image,
      signature: makeSignature(image.pixels, image.inputWidth, image.inputHeight),
      inputDigest: pixelDigest(image.pixels, image.inputWidth, image.inputHeight),
      exif: exif ? exifEntries(exif).length : 0,
    };
  } catch (cause) {
    writer.forget(sha256);
    return { files, state: "unreadable", reason: reasonOf(cause) };
  }
}

/** Reads only the first bytes, because other files (archives, videos) may be large. */
async function startsLikeImage(path: Buffer): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0);
    return sniffFormat(buffer.subarray(0, bytesRead)) !== null;
  } finally {
    await handle.close();
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof UnreadableImageError) return cause.message;
  return systemErrorReason(cause, {
    ENOENT: unreadableReason("missing", "the file was deleted during the scan"),
  });
}
