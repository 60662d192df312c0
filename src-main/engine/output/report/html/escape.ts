const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Unicode has a symbol for each of the first control characters, in order. */
const CONTROL_SYMBOLS = 0x20;
const FIRST_CONTROL_SYMBOL = 0x2400;

/** Escapes text for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/** A file name, label or folder as HTML that shows every character: control characters and those that change the text direction, too. */
export function nameHtml(name: string): string {
  return `<bdi>${escapeHtml(visibleName(name))}</bdi>`;
}

/** A path as {@link nameHtml} shows it, with possible line breaks after folders. */
export function pathHtml(path: string): string {
  return `<bdi>${escapeHtml(visibleName(path)).replaceAll("/", "/<wbr>")}</bdi>`;
}

/** The name with its invisible characters made visible: `a\nb` becomes `a␊b`. */
export function visibleName(name: string): string {
  return name.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (character) => {
    const code = character.charCodeAt(0);
    if (code < CONTROL_SYMBOLS) return String.fromCharCode(FIRST_CONTROL_SYMBOL + code);
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}
