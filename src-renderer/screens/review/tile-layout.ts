import type { ThumbnailSide } from "../../../src-main/contract/pictures.ts";

export const GAP_PX = 12;
export const PADDING_PX = 16;
/** Height of the text below the image; see Tile. */
const CAPTION_PX = 68;
/** Height of an image box divided by its width. Most photos are wider than tall. */
const ASPECT = 0.78;
/** A tile grows to at most this multiple of the chosen size. */
const LARGEST = 3;
/** Enlarging a thumbnail by this factor is not visible. */
const ENLARGED = 1.03;

export interface TileLayout {
  readonly columns: number;
  readonly tileWidth: number;
  readonly pictureHeight: number;
  /** Distance between the tops of two rows. */
  readonly rowHeight: number;
  /** Side of the thumbnails to request. */
  readonly side: ThumbnailSide;
}

/**
 * Lays out a cluster's images in a grid. Tiles grow to fill the space, because most clusters have only two images.
 * All lengths are in CSS pixels.
 * @param width of the grid
 * @param height of the visible part of the grid; tiles grow only while they fit into it
 * @param tileSize chosen minimum width of a tile
 */
export function layOutTiles(
  images: number,
  {
    width,
    height,
    tileSize,
    pixelRatio,
  }: { width: number; height: number; tileSize: number; pixelRatio: number },
): TileLayout {
  const room = Math.max(80, width - 2 * PADDING_PX);
  const fitting = Math.max(1, Math.floor((room + GAP_PX) / (tileSize + GAP_PX)));
  const columns = Math.min(fitting, Math.max(2, images));
  const tallest = height - 2 * PADDING_PX - CAPTION_PX;
  const tileWidth = Math.min(
    Math.floor((room - (columns - 1) * GAP_PX) / columns),
    Math.max(tileSize, Math.min(LARGEST * tileSize, Math.floor(tallest / ASPECT))),
  );
  const pictureHeight = Math.round(tileWidth * ASPECT);
  return {
    columns,
    tileWidth,
    pictureHeight,
    rowHeight: pictureHeight + CAPTION_PX + GAP_PX,
    side: pictureHeight * pixelRatio > 320 * ENLARGED ? 640 : 320,
  };
}
