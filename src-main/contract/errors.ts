/** What can go wrong for reasons outside the program, each with one clear line for the person. */
export const ENGINE_ERRORS = {
  /** The request contradicts itself or names something that does not exist. */
  USAGE: {},
  /** A folder or file that was asked for is missing or cannot be read. */
  FOLDER_UNAVAILABLE: {},
  /** Another process writes the same project. */
  PROJECT_BUSY: {},
  /** The project file is missing, damaged or not a project. */
  PROJECT_INVALID: {},
  /** The project was written by a newer version. */
  PROJECT_TOO_NEW: {},
  /** The model, its manifest or the wanted device cannot be used. */
  MODEL_INVALID: {},
  /** The disk is full or refuses to be written to. */
  DISK_UNWRITABLE: {},
} as const;

export type EngineErrorCode = keyof typeof ENGINE_ERRORS;

/** An expected failure; its message is one line that ends in what the person can do. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Code of the error that calls fail with when the engine's process ended under them. Another engine may run by then. */
export const ENGINE_ENDED = "ENGINE_ENDED";
