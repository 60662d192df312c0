import type { ImageId } from "../../src-main/contract/ids.ts";
import type { ThumbnailSide } from "../../src-main/contract/pictures.ts";
import { desktop } from "./desktop.ts";

/**
 * Address of a picture of a project, by numbers only: `thumb:` in the desktop window, a path on the server in a browser.
 * @param key the project's key, as `project.open` gives it
 * @param size longer side of a thumbnail in pixels, or the whole picture
 */
export function pictureAddress(key: string, image: ImageId, size: ThumbnailSide | "full"): string {
  const place = `${key}/${image}/${size}`;
  return desktop ? `thumb://pictures/${place}` : `/pictures/${place}`;
}
