import {
  ipcMain,
  MessageChannelMain,
  type MessagePortMain,
  type WebContents,
  type WebFrameMain,
} from "electron";
import { APP_ORIGIN, PORT_CHANNEL } from "./addresses.ts";

/**
 * The only IPC between a page and this process: a page may request a message port, and everything else goes through the
 * contract on that port. Only the main frame of Twinlens's own page gets one.
 * @param connect receives this process's end of each new port.
 */
export function servePorts(connect: (port: MessagePortMain) => void): void {
  const ports = new WeakMap<WebContents, MessagePortMain>();
  ipcMain.on(PORT_CHANNEL, ({ sender, senderFrame }) => {
    if (!senderFrame || !isOurPage(senderFrame)) {
      console.warn(`Refused a port to ${senderFrame?.url ?? "a frame that is gone"}.`);
      return;
    }
    // A reloaded page has lost its previous port.
    ports.get(sender)?.close();
    const { port1, port2 } = new MessageChannelMain();
    ports.set(sender, port1);
    connect(port1);
    port1.start();
    senderFrame.postMessage(PORT_CHANNEL, null, [port2]);
  });
}

function isOurPage(frame: WebFrameMain): boolean {
  return frame.parent === null && frame.origin === APP_ORIGIN;
}
