import type { DesktopBridge } from "../../src-main/contract/desktop-bridge.ts";

declare global {
  interface Window {
    /** Set by the preload script. */
    readonly twinlens?: DesktopBridge;
  }
}

/** Functions of the desktop window; `undefined` in a browser. */
export const desktop: DesktopBridge | undefined = window.twinlens;
