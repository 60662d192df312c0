import { messageOf, type Workspace } from "./workspace.svelte.ts";

/** Time for the browser to have begun to read what is saved. */
const KEPT_MS = 60_000;

/** Saves bytes under a name: the browser puts them where downloads go, or asks for a place. */
function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}

/** Saves what is asked for, or says below the page why it can't. */
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
