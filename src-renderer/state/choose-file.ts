/**
 * Lets the person choose a file. Only to be called from what they just did: a click or a key.
 * @param accept endings or types, such as `.json`
 * @returns `null` when they choose none
 */
export function chooseFile(accept: string): Promise<File | null> {
  const field = document.createElement("input");
  field.type = "file";
  field.accept = accept;
  return new Promise((resolve) => {
    field.addEventListener("change", () => resolve(field.files?.[0] ?? null), { once: true });
    field.addEventListener("cancel", () => resolve(null), { once: true });
    field.click();
  });
}
