/** What each exit code means to scripts. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** A gate tripped: a split leaks more into train than `--fail-on-leak` allows. */
  gate: 3,
  /** The answer is incomplete: a gated split was not fully read, or nothing could be compared. */
  incomplete: 4,
  /** 128 + SIGINT, the shell's convention. */
  cancelled: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
