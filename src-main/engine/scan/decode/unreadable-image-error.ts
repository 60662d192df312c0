import { type UnreadableCause, unreadableReason } from "../../../contract/unreadable.ts";

/** The file cannot be decoded. The message is the reason that reports show. */
export class UnreadableImageError extends Error {
  override readonly name: string = "UnreadableImageError";

  constructor(kind: Exclude<UnreadableCause, "other">, detail?: string, options?: ErrorOptions) {
    super(unreadableReason(kind, detail), options);
  }
}

/** The file ends before the image does. */
export class TruncatedImageError extends UnreadableImageError {
  constructor(detail = "the file ends before the image does", options?: ErrorOptions) {
    super("truncated", detail, options);
  }
}
