/** What the program's exit says to scripts. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** More of a split has a duplicate in train than `--fail-on-leak` allows. */
  leak: 3,
  cancelled: 130,
} as const;
