/** Time for the browser to have begun to read what is saved. */
const KEPT_MS = 60_000;

/** Saves bytes under a name: the browser puts them where downloads go, or asks for a place. */
export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
