import { realpath } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { EngineError } from "../../../contract/errors.ts";
import type { Split } from "../../../contract/scan-request.ts";
import { bytesFromPathText } from "../../../text/paths.ts";
import { foldersOf } from "../../../text/splits.ts";
import { contains } from "../../files/paths.ts";
import { look } from "./file-state.ts";

/** Subfolder for sidecars from outside the splits. */
const SIDECARS = "sidecars";

/** A folder whose files may be moved, and its name in the destination. */
interface MirroredRoot {
  readonly folder: string;
  /** Paths in the destination are relative to it. */
  readonly root: string;
  readonly name: string;
}

/** A folder that files are moved into. It mirrors splits and paths. */
export class Destination {
  /** Absolute. */
  readonly folder: string;
  readonly #roots: readonly MirroredRoot[];
  readonly #taken = new Set<string>();

  private constructor(folder: string, roots: readonly MirroredRoot[]) {
    this.folder = folder;
    this.#roots = roots;
  }

  /** @throws EngineError USAGE if files would stay inside a scanned folder */
  static async in(
    folder: string,
    splits: readonly Split[],
    sidecarRoots: readonly string[],
  ): Promise<Destination> {
    const roots = [
      ...splits.flatMap((split) =>
        foldersOf(split).map((folder) => ({
          folder,
          root: split.root,
          name: folderName(split.name),
        })),
      ),
      ...sidecarRoots.map((root) => ({ folder: root, root, name: SIDECARS })),
    ];
    const real = await realPathOf(resolve(folder));
    for (const { name } of roots) {
      const mirror = join(real, name);
      for (const { folder: scanned } of roots) {
        const realRoot = await realPathOf(scanned);
        if (!contains(realRoot, mirror) && !contains(mirror, realRoot)) continue;
        throw new EngineError(
          "USAGE",
          `${folder} would move files into ${scanned}, where the next scan would find them again. Choose another folder or the trash.`,
        );
      }
    }
    return new Destination(resolve(folder), roots);
  }

  /** A free path for a file; never the same twice. @param file absolute, in one of the roots */
  async pathFor(file: string): Promise<string> {
    const held = this.#roots.find((mirrored) => contains(mirrored.folder, file));
    const path = held ? join(held.name, relative(held.root, file)) : join(SIDECARS, file);
    for (let copy = 1; ; copy++) {
      const target = join(this.folder, copy === 1 ? path : numbered(path, copy));
      if (this.#taken.has(target) || (await look(bytesFromPathText(target)))) continue;
      this.#taken.add(target);
      return target;
    }
  }
}

/** A split's name, escaped for use as a folder name. */
export function folderName(split: string): string {
  const name = split.replaceAll(/[/\\:*?"<>|%]/g, (sign) =>
    encodeURIComponent(sign).replace("*", "%2A"),
  );
  return name.replace(/^\.+$/, (dots) => dots.replaceAll(".", "%2E"));
}

function numbered(path: string, copy: number): string {
  return path.replace(/(\.[^./\\]*)?$/, (ending) => `~${copy}${ending}`);
}

/** The real path of a folder that may not exist yet. */
export async function realPathOf(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch {
    const above = dirname(folder);
    return above === folder ? folder : join(await realPathOf(above), relative(above, folder));
  }
}
