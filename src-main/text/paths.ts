/**
 * Lossless text for file names, which are bytes on disk.
 *
 * A byte that is not part of valid UTF-8 becomes the lone surrogate U+DC80..U+DCFF, as in PEP 383 (Python's
 * `surrogateescape`). JSON can hold any such name, and Python can open it.
 */

/** Stands for standard output where a file path is expected. */
export const STANDARD_OUTPUT = "-";

const FIRST_LONE_SURROGATE = 0xdc80;
const LAST_LONE_SURROGATE = 0xdcff;
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Length in bytes of the valid UTF-8 sequence at `offset`; 0 if there is none. */
function validSequenceLength(bytes: Uint8Array, offset: number): number {
  const lead = bytes[offset] ?? 0;
  const length =
    lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || offset + length > bytes.length) return 0;
  try {
    strictDecoder.decode(bytes.slice(offset, offset + length));
    return length;
  } catch {
    return 0;
  }
}

/** @param bytes a file name or path from the file system */
export function pathTextFromBytes(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    let text = "";
    for (let offset = 0; offset < bytes.length; ) {
      const length = validSequenceLength(bytes, offset);
      text +=
        length > 0
          ? strictDecoder.decode(bytes.slice(offset, offset + length))
          : String.fromCharCode(0xdc00 + (bytes[offset] ?? 0));
      offset += Math.max(1, length);
    }
    return text;
  }
}

/** The inverse of {@link pathTextFromBytes}. Any other text is encoded as UTF-8. */
export function bytesFromPathText(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, "utf8");
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.charCodeAt(0);
    const escaped =
      character.length === 1 && code >= FIRST_LONE_SURROGATE && code <= LAST_LONE_SURROGATE;
    parts.push(escaped ? Buffer.of(code - 0xdc00) : Buffer.from(character, "utf8"));
  }
  return Buffer.concat(parts);
}
