/** Posted by the page to itself once it is listening. The preload script then requests the port to the host. */
export const READY_MESSAGE = "twinlens-ready";

/** Posted by the preload script to the page, with the port. */
export const PORT_MESSAGE = "twinlens-port";

/** What the preload script exposes to the page. Its presence means that the page runs in the desktop window. */
export interface DesktopBridge {
  /** Absolute path of a file or folder dropped on the page; empty if it is not on a disk. */
  pathOf(file: File): string;
}
