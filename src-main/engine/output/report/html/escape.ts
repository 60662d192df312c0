const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Unicode has a picture for each of the first control characters, in their order. */
const CONTROL_PICTURES = 0x20;
const FIRST_CONTROL_PICTURE = 0x2400;

/** Text made safe for HTML content and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/**
 * A file name, label or folder as HTML that shows what is really there: control characters as their pictures, characters
 * that would turn the direction of the text as their code, and the whole isolated from the text around it.
 */
export function nameHtml(name: string): string {
  return `<bdi>${escapeHtml(visibleName(name))}</bdi>`;
}

/** A path as {@link nameHtml} shows it, which may break into lines after a folder. */
export function pathHtml(path: string): string {
  return `<bdi>${escapeHtml(visibleName(path)).replaceAll("/", "/<wbr>")}</bdi>`;
}

/** The name with every character that has no picture of its own made visible: `a\nb` reads `a␊b`. */
export function visibleName(name: string): string {
  return name.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (character) => {
    const code = character.charCodeAt(0);
    if (code < CONTROL_PICTURES) return String.fromCharCode(FIRST_CONTROL_PICTURE + code);
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}
