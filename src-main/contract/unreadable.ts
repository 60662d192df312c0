import { z } from "zod";

/** Why an image file could not be read. `missing`: deleted, or a broken link; `other`: the operating system's own reason. */
export const UNREADABLE_CAUSES = [
  "not-an-image",
  "unsupported-format",
  "truncated",
  "damaged",
  "lfs-pointer",
  "outside-link",
  "permission",
  "too-large",
  "missing",
  "other",
] as const;
export const UnreadableCause = z.enum(UNREADABLE_CAUSES);
export type UnreadableCause = z.infer<typeof UnreadableCause>;

/** The words that a reason of each cause starts with. */
const WORDS: Readonly<Record<Exclude<UnreadableCause, "other">, string>> = {
  "not-an-image": "not an image",
  "unsupported-format": "unsupported format",
  truncated: "truncated",
  damaged: "damaged",
  "lfs-pointer": "Git LFS pointer",
  "outside-link": "link that leaves the split",
  permission: "permission denied",
  "too-large": "too large",
  missing: "missing",
};

/** What a person can do about each cause, to complete a sentence: `..., then scan again.`. */
export const UNREADABLE_ADVICE: Readonly<Record<UnreadableCause, string>> = {
  "not-an-image": "Replace the files with images, or remove them",
  "unsupported-format": "Convert the files to PNG or JPEG",
  truncated: "Download or copy the files again",
  damaged: "Restore the files from a backup, or download them again",
  "lfs-pointer": "Run `git lfs pull`",
  "outside-link": "Allow the folder that the links lead to with --follow-links DIR",
  permission: "Allow your user to read the files",
  "too-large": "Raise the limit with --max-pixels N",
  missing: "Restore the files, or remove the links to them",
  other: "Check the files",
};

/** A reason as reports show it: the cause's words, then `: detail`. */
export function unreadableReason(cause: keyof typeof WORDS, detail?: string): string {
  return detail === undefined ? WORDS[cause] : `${WORDS[cause]}: ${detail}`;
}

/** The cause of a reason from {@link unreadableReason}; `other` for any other text. */
export function causeOf(reason: string): UnreadableCause {
  const found = Object.entries(WORDS).find(
    ([, words]) => reason === words || reason.startsWith(`${words}: `),
  );
  return (found?.[0] as UnreadableCause | undefined) ?? "other";
}
