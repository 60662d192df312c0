import { realpath } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { EngineError } from "../../../contract/errors.ts";
import { bytesFromPathText } from "../../../text/paths.ts";
import { contains } from "../../files/paths.ts";
import { look } from "./file-state.ts";

/** What the quarantine folder holds of folders that are no split. */
const SIDECARS = "sidecars";

/** A folder whose files may be moved, and the name that mirrors it. */
interface MirroredRoot {
  readonly root: string;
  readonly name: string;
}

/** Where files go that are moved into a folder: it mirrors splits and paths. */
export class Destination {
  /** Absolute. */
  readonly folder: string;
  readonly #roots: readonly MirroredRoot[];
  readonly #taken = new Set<string>();

  private constructor(folder: string, roots: readonly MirroredRoot[]) {
    this.folder = folder;
    this.#roots = roots;
  }

  /**
   * @throws EngineError USAGE where files would come to lie in a folder that they are moved out of, and so be scanned again
   */
  static async in(
    folder: string,
    splits: readonly { readonly name: string; readonly root: string }[],
    sidecarRoots: readonly string[],
  ): Promise<Destination> {
    const roots = [
      ...splits.map(({ name, root }) => ({ root, name: folderName(name) })),
      ...sidecarRoots.map((root) => ({ root, name: SIDECARS })),
    ];
    const place = await realPlace(resolve(folder));
    for (const { name } of roots) {
      const mirror = join(place, name);
      for (const { root } of roots) {
        const real = await realPlace(root);
        if (!contains(real, mirror) && !contains(mirror, real)) continue;
        throw new EngineError(
          "USAGE",
          `The folder ${folder} would take files into ${root}, where the next scan finds them again; choose a folder elsewhere, or the trash.`,
        );
      }
    }
    return new Destination(resolve(folder), roots);
  }

  /** A free place for a file; each is given once. @param file absolute, in one of the roots */
  async placeFor(file: string): Promise<string> {
    const held = this.#roots.find(({ root }) => contains(root, file));
    const path = held ? join(held.name, relative(held.root, file)) : join(SIDECARS, file);
    for (let copy = 1; ; copy++) {
      const place = join(this.folder, copy === 1 ? path : numbered(path, copy));
      if (this.#taken.has(place) || (await look(bytesFromPathText(place)))) continue;
      this.#taken.add(place);
      return place;
    }
  }
}

/** A split's name as one folder's: a name can be any text. */
export function folderName(split: string): string {
  const name = split.replaceAll(/[/\\:*?"<>|%]/g, (sign) =>
    encodeURIComponent(sign).replace("*", "%2A"),
  );
  return name.replace(/^\.+$/, (dots) => dots.replaceAll(".", "%2E"));
}

function numbered(path: string, copy: number): string {
  return path.replace(/(\.[^./\\]*)?$/, (ending) => `~${copy}${ending}`);
}

/** The real path of a folder that may not be there yet. */
export async function realPlace(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch {
    const above = dirname(folder);
    return above === folder ? folder : join(await realPlace(above), relative(above, folder));
  }
}
