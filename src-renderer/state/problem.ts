/** An error of the engine or host: a code that chooses the title, and a message that says what to do. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

/** Converts anything that a call can throw. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof Error)) return { code: "UNKNOWN", message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "UNKNOWN";
  return { code, message: error.message };
}

const TITLES: Record<string, string> = {
  USAGE: "This is not possible",
  FOLDER_UNAVAILABLE: "The folder does not exist",
  PROJECT_BUSY: "The project is in use",
  PROJECT_INVALID: "Cannot open this project",
  PROJECT_TOO_NEW: "This project was made by a newer Twinlens",
  MODEL_INVALID: "Cannot use this model",
  DISK_UNWRITABLE: "Cannot write to the disk",
  UNSUPPORTED: "Not available here",
  OUTSIDE_ROOTS: "Outside the folders that Twinlens can access",
};

/** A short title for a problem, shown above its message. */
export function problemTitle({ code }: Problem): string {
  return TITLES[code] ?? "Something went wrong";
}
