/** Posted by the page to itself once it listens; the preload script then fetches the port to the host. */
export const READY_MESSAGE = "twinlens-ready";

/** Posted by the preload script to the page, with the port. */
export const PORT_MESSAGE = "twinlens-port";

/** All that the preload script gives the page. Its presence is how the page knows that it stands in the desktop's window. */
export interface DesktopBridge {
  /** Absolute path of a file or folder that was dropped on the page; empty for one that is on no disk. */
  pathOf(file: File): string;
}
