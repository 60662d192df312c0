import { messageOf, type Workspace } from "./workspace.svelte.ts";

/** Time for the browser to start reading the file. */
const KEPT_MS = 60_000;

/** Saves a file: the browser stores it with its downloads or asks where. */
function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}

/** Fetches and saves a file. Shows the error in the status line if that fails. */
export async function saveAnswer(
  workspace: Workspace,
  name: string,
  ask: () => Promise<Blob>,
): Promise<void> {
  try {
    saveFile(name, await ask());
  } catch (error) {
    workspace.notice = { text: `Not saved: ${messageOf(error)}`, tone: "failed", back: null };
  }
}
