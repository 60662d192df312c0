/** Recycle bins, snapshots, thumbnails and leftovers that operating systems, NAS devices and photo programs make; in lower case. */
const SYSTEM_FOLDERS: ReadonlySet<string> = new Set([
  "$recycle.bin",
  "recycler",
  "recycled",
  "#recycle",
  "@recycle",
  "#snapshot",
  "@recently-snapshot",
  "lost+found",
  "system volume information",
  "@eadir",
  "@tmp",
  "__macosx",
  "thumbs.db",
  "picasaoriginals",
]);

const DOT = 0x2e;

/** Whether a folder is left out of a scan: hidden, or made by the system. @param name as the bytes on disk */
export function isSystemFolder(name: Buffer): boolean {
  return isHidden(name) || SYSTEM_FOLDERS.has(name.toString("latin1").toLowerCase());
}

export function isHidden(name: Buffer): boolean {
  return name[0] === DOT;
}
