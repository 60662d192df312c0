import { contextBridge, ipcRenderer, webUtils } from "electron";
import { type DesktopBridge, PORT_MESSAGE, READY_MESSAGE } from "./contract/desktop-bridge.ts";
import { PORT_CHANNEL } from "./desktop/addresses.ts";

/** Declared here because including the DOM's types would add them to every file of the main process. */
declare const window: {
  readonly location: { readonly origin: string };
  addEventListener(
    type: "message",
    listener: (event: { readonly source: unknown; readonly data: unknown }) => void,
  ): void;
  postMessage(message: string, origin: string, transfer: Electron.IpcRendererEvent["ports"]): void;
};

// The page announces that it is listening, so that no port arrives too early. It asks once per connection.
window.addEventListener("message", ({ source, data }) => {
  if (source === window && data === READY_MESSAGE) ipcRenderer.send(PORT_CHANNEL);
});

ipcRenderer.on(PORT_CHANNEL, ({ ports }) => {
  window.postMessage(PORT_MESSAGE, window.location.origin, ports);
});

contextBridge.exposeInMainWorld("twinlens", {
  pathOf: (file) => webUtils.getPathForFile(file),
} satisfies DesktopBridge);
