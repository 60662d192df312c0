/** Marks in columns of bytes. */
export const NO_MARK = 0;
export const KEEP = 1;
export const REMOVE = 2;
