/** A manifest without what it says of files that are left out. */
export interface Cleaned {
  /** As it was, but for the rows. */
  readonly text: string;
  /** Rows of images taken out. */
  readonly rows: number;
  /** Rows of these images' annotations taken out. */
  readonly annotations: number;
}

/** Whether a name in a manifest stands for a file that is left out; `null` for a name that stands for no file of the data set. */
export type LeavesOut = (name: string) => boolean | null;
