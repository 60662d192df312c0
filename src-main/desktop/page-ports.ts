import {
  ipcMain,
  MessageChannelMain,
  type MessagePortMain,
  type WebContents,
  type WebFrameMain,
} from "electron";
import { APP_ORIGIN } from "./addresses.ts";
import { PORT_CHANNEL } from "./channels.ts";

/**
 * The one door between a page and this process: a page may ask for a port, and all else goes through the contract on it. Only the
 * main frame of our own page is answered.
 * @param connect takes this end of a fresh port
 */
export function servePorts(connect: (port: MessagePortMain) => void): void {
  const ports = new WeakMap<WebContents, MessagePortMain>();
  ipcMain.on(PORT_CHANNEL, ({ sender, senderFrame }) => {
    if (!senderFrame || !isOurPage(senderFrame)) {
      console.warn(`A port was refused to ${senderFrame?.url ?? "a frame that is gone"}.`);
      return;
    }
    // A page that was loaded again has lost the port of its former life.
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
