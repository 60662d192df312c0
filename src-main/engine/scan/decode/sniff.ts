/** Supported formats, as reports name them. */
export type ImageFormat =
  | "jpeg"
  | "png"
  | "webp"
  | "avif"
  | "gif"
  | "tiff"
  | "bmp"
  | "heic"
  | NetpbmFormat;

/** Bitmap, gray and color maps of Netpbm. */
export type NetpbmFormat = "pbm" | "pgm" | "ppm";

/** Number of leading bytes that {@link sniffFormat} needs. */
export const SNIFF_BYTES = 160;

/** Major and compatible brands of ISO media files (ISO/IEC 23008-12, annex B, and the AV1 image file format). */
const HEIC_BRANDS = new Set(["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"]);
const AVIF_BRANDS = new Set(["avif", "avis"]);

/** A file with one of these extensions is reported when it is not a supported image. Other non-images are ignored. */
const IMAGE_EXTENSION =
  /\.(jpe?g|jpe|jfif|png|apng|webp|avif|gif|tiff?|bmp|dib|hei[cf]|hif|jxl|jp2|j2k|ico|tga|ppm|pgm|pbm|pnm|psd|exr|hdr|dng|cr2|cr3|nef|arw|raw)$/i;

/** Detects a file's format from its first {@link SNIFF_BYTES} bytes. `null` when the format is not supported. */
export function sniffFormat(head: Buffer): ImageFormat | null {
  const ascii = (start: number, end: number) => head.toString("latin1", start, end);
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return "jpeg";
  if (ascii(0, 8) === "\x89PNG\r\n\x1a\n") return "png";
  if (ascii(0, 4) === "RIFF" && ascii(8, 12) === "WEBP") return "webp";
  if (ascii(0, 6) === "GIF87a" || ascii(0, 6) === "GIF89a") return "gif";
  if (["II*\0", "MM\0*", "II+\0", "MM\0+"].includes(ascii(0, 4))) return "tiff";
  if (ascii(4, 8) === "ftyp") return isoMediaFormat(ascii);
  // Plain text may also begin with "BM", so the header length is checked too.
  if (ascii(0, 2) === "BM" && head.length >= 18 && BMP_HEADER_LENGTHS.has(head.readUInt32LE(14))) {
    return "bmp";
  }
  return netpbmFormat(ascii(0, SNIFF_BYTES));
}

/** By the digit of the magic number. */
const NETPBM_FORMATS = ["pbm", "pgm", "ppm"] as const;

/** Plain text may also begin with "P1", so the width must follow, after any comments. */
function netpbmFormat(head: string): NetpbmFormat | null {
  const [, kind] = /^P([1-6])\s+(?:#[^\n\r]*[\n\r]\s*)*(?:\d+\s|#[^\n\r]*$)/.exec(head) ?? [];
  return NETPBM_FORMATS[(Number(kind) - 1) % NETPBM_FORMATS.length] ?? null;
}

export function isNetpbm(format: ImageFormat): format is NetpbmFormat {
  return NETPBM_FORMATS.some((known) => known === format);
}

const BMP_HEADER_LENGTHS = new Set([12, 16, 40, 52, 56, 64, 108, 124]);

/** Brands are read up to here. */
const BRANDS_END = 64;

function isoMediaFormat(ascii: (start: number, end: number) => string): "avif" | "heic" | null {
  const brands = [ascii(8, 12)];
  for (let offset = 16; offset + 4 <= BRANDS_END; offset += 4)
    brands.push(ascii(offset, offset + 4));
  if (brands.some((brand) => AVIF_BRANDS.has(brand))) return "avif";
  if (brands.some((brand) => HEIC_BRANDS.has(brand)) || brands[0] === "mif1") return "heic";
  return null;
}

/** Whether a file name has an image extension. */
export function looksLikeImageName(path: string): boolean {
  return IMAGE_EXTENSION.test(path);
}
