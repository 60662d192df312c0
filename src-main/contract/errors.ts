/** Failures caused by something outside the program. */
export const ENGINE_ERRORS = {
  /** The request contradicts itself or names something that does not exist. */
  USAGE: {},
  /** A requested folder or file is missing or cannot be read. */
  FOLDER_UNAVAILABLE: {},
  /** Another process is writing to the project. */
  PROJECT_BUSY: {},
  /** The project file is missing, damaged or not a project. */
  PROJECT_INVALID: {},
  /** The project was written by a newer version. */
  PROJECT_TOO_NEW: {},
  /** The model, its manifest or the requested device cannot be used. */
  MODEL_INVALID: {},
  /** The disk is full or cannot be written to. */
  DISK_UNWRITABLE: {},
} as const;

export type EngineErrorCode = keyof typeof ENGINE_ERRORS;

/** An expected failure. Its message is one line that ends with what the user can do. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Error code of calls that failed because the engine process ended. A new engine may already be running. */
export const ENGINE_ENDED = "ENGINE_ENDED";
