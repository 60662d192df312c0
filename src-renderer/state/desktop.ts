import type { DesktopBridge } from "../../src-main/contract/desktop-bridge.ts";

declare global {
  interface Window {
    /** Put there by the preload script. */
    readonly twinlens?: DesktopBridge;
  }
}

/** What only the desktop's window offers; `undefined` in a browser. */
export const desktop: DesktopBridge | undefined = window.twinlens;
