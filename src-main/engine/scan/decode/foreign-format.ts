import { type ImageFormat, sniffFormat } from "./sniff.ts";
import { UnreadableImageError } from "./unreadable-image-error.ts";

/** Formats that are not read, by how their files begin. */
const FOREIGN: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["Photoshop", /^8BPS/],
  ["Radiance HDR", /^#\?(?:RADIANCE|RGBE)/],
  ["DirectDraw surface", /^DDS /],
  ["PAM", /^P7\s/],
  ["PFM", /^P[Ff]\s/],
  ["QOI", /^qoif/],
  ["BPG", /^BPG\xfb/],
  ["FITS", /^SIMPLE {2}=/],
  ["DICOM", /^[\s\S]{128}DICM/],
  ["PDF", /^%PDF/],
  ["SVG", /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[\s\S]*)?(?:<!--[\s\S]*)?<svg[\s>]/i],
  ["Fujifilm raw", /^FUJIFILMCCD-RAW/],
  ["Canon raw", /^.{4}ftypcrx /s],
  ["video", /^.{4}ftyp(?:isom|iso\d|mp4\d|avc1|qt {2}|M4V |3gp)/s],
];

/** Formats that are not read, by their first bytes in hexadecimal. */
const FOREIGN_MARKS: readonly (readonly [name: string, mark: string])[] = [
  ["JPEG XL", "ff0a"],
  ["JPEG XL", "0000000c4a584c20"],
  ["JPEG 2000", "0000000c6a502020"],
  ["JPEG 2000", "ff4fff51"],
  ["Windows icon", "00000100"],
  ["Windows cursor", "00000200"],
  ["OpenEXR", "762f3101"],
  ["ZIP archive", "504b0304"],
  ["gzip archive", "1f8b"],
];

/** Files that are not images although they are named like one, by how they begin. */
const NOT_IMAGES: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["a web page", /^\s*<(?:!doctype )?html/i],
  ["a git-annex pointer", /^\/annex\/objects\//],
];

const LFS_POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\//;
/** Ends a TGA of version 2. Older ones have no mark at all. */
const TGA_END = "TRUEVISION-XFILE.\0";
/** Longer than the mark of any format. */
const HEAD_BYTES = 512;

/**
 * The format of a file.
 * @throws UnreadableImageError if it is not one that is read
 */
export function requireFormat(bytes: Buffer): ImageFormat {
  if (bytes.length === 0) throw new UnreadableImageError("truncated", "the file is empty");
  const format = sniffFormat(bytes);
  if (format !== null) return format;
  const head = bytes.toString("latin1", 0, HEAD_BYTES);
  const named = (list: typeof FOREIGN) => list.find(([, pattern]) => pattern.test(head))?.[0];
  if (LFS_POINTER.test(head)) throw new UnreadableImageError("lfs-pointer");
  const foreign =
    named(FOREIGN) ??
    FOREIGN_MARKS.find(([, mark]) => bytes.toString("hex", 0, mark.length / 2) === mark)?.[0] ??
    (bytes.subarray(-TGA_END.length).toString("latin1") === TGA_END ? "TGA" : undefined);
  if (foreign !== undefined) throw new UnreadableImageError("unsupported-format", foreign);
  throw new UnreadableImageError("not-an-image", named(NOT_IMAGES));
}
