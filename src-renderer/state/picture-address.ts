import type { ImageId } from "../../src-main/contract/ids.ts";
import type { ThumbnailSide } from "../../src-main/contract/pictures.ts";
import { desktop } from "./desktop.ts";

/**
 * The URL of a thumbnail or a full image: `thumb:` in the desktop window, a path on the server in a browser.
 * @param key the project's key from `project.open`
 * @param size longer side of a thumbnail in pixels, or the full image
 */
export function pictureAddress(key: string, image: ImageId, size: ThumbnailSide | "full"): string {
  const path = `${key}/${image}/${size}`;
  return desktop ? `thumb://pictures/${path}` : `/pictures/${path}`;
}
