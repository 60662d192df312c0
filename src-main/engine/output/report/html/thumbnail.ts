import type { ReportImage } from "../../../../contract/report.ts";
import { escapeHtml, visibleName } from "./escape.ts";

/** Side of the square that a picture is shown in, in CSS pixels, where the page is wide enough. */
const TILE_PX = 160;
/** Pictures up to this side are enlarged by a whole factor with sharp pixels, never blurred. */
const TINY_PX = 80;

/** The picture of an image as HTML, its aspect kept, or a placeholder where there is none. */
export function thumbnailHtml(image: ReportImage, bytes: Uint8Array | null): string {
  const type = bytes === null ? null : mediaType(bytes);
  if (bytes === null || type === null) {
    return `<span class="no-picture" role="img" aria-label="No picture"><span>no picture<br>${image.width} × ${image.height}</span></span>`;
  }
  const side = Math.max(image.width, image.height, 1);
  const factor = side <= TINY_PX ? Math.floor(TILE_PX / side) : TILE_PX / side;
  const width = Math.max(1, Math.round(image.width * factor));
  const height = Math.max(1, Math.round(image.height * factor));
  const look = side <= TINY_PX ? ' class="tiny"' : "";
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  const alt = escapeHtml(visibleName(`${image.split}: ${image.path}`));
  return `<img${look} width="${width}" height="${height}" alt="${alt}" decoding="async" src="data:${type};base64,${data}">`;
}

/** The media type of an encoded picture by its first bytes; null for what a browser may not show. */
function mediaType(bytes: Uint8Array): string | null {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (head.startsWith("\x89PNG")) return "image/png";
  if (head.startsWith("RIFF") && head.endsWith("WEBP")) return "image/webp";
  return null;
}
