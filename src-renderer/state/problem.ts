/** A failure as the engine or the host tells it: a code to choose words by, and a line that says what one can do. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

/** What went wrong in a call, whatever was thrown. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof Error)) return { code: "UNKNOWN", message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "UNKNOWN";
  return { code, message: error.message };
}

const TITLES: Record<string, string> = {
  USAGE: "That can’t be done",
  FOLDER_UNAVAILABLE: "The folder is not there",
  PROJECT_BUSY: "The project is in use",
  PROJECT_INVALID: "This project can’t be opened",
  PROJECT_TOO_NEW: "This project was made by a newer Twinlens",
  MODEL_INVALID: "The model can’t be used",
  DISK_UNWRITABLE: "The disk can’t be written to",
  UNSUPPORTED: "Not possible here",
  OUTSIDE_ROOTS: "Outside the folders that Twinlens may see",
};

/** A few words for a problem, to stand over its message. */
export function problemTitle({ code }: Problem): string {
  return TITLES[code] ?? "Something went wrong";
}
