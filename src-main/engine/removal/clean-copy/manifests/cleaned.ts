/** A manifest without the rows of files that are left out. */
export interface Cleaned {
  /** Unchanged except for the removed rows. */
  readonly text: string;
  /** Removed rows of images. */
  readonly rows: number;
  /** Removed annotations of these images. */
  readonly annotations: number;
}

/** Whether a name in a manifest refers to a file that is left out; `null` if it refers to no file of the data set. */
export type LeavesOut = (name: string) => boolean | null;
