import type { ThumbnailSide } from "../../../src-main/contract/pictures.ts";

export const GAP_PX = 12;
export const PADDING_PX = 16;
/** Below the picture; see Tile. */
const CAPTION_PX = 68;
/** Height of a picture for its width: photos lie more often than they stand. */
const ASPECT = 0.78;
/** Times the size asked for that a tile grows to at most where there is room. */
const LARGEST = 3;
/** A thumbnail is enlarged by so little that it is not seen. */
const ENLARGED = 1.03;

export interface TileLayout {
  readonly columns: number;
  readonly tileWidth: number;
  readonly pictureHeight: number;
  /** From one row to the next. */
  readonly rowHeight: number;
  /** Of the thumbnails to ask for. */
  readonly side: ThumbnailSide;
}

/**
 * How the images of a cluster stand in a grid. A cluster of two is shown as large as there is room for it: most are, and photos are
 * what one looks at. All but `images` and `pixelRatio` in CSS pixels.
 * @param width of the grid
 * @param height of what is seen of it: a tile grows only as long as all of it is seen
 * @param tileSize least width of a tile that was asked for
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
