/** In place of a file: the text goes to the caller in pieces. */
export const STANDARD_OUTPUT = "-";
