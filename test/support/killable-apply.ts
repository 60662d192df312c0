import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { carryOut, settleAll, takeBack } from "../../src-main/engine/removal/apply/carry-out.ts";
import { DISK, type Disk } from "../../src-main/engine/removal/apply/disk.ts";
import { type Intent, Journal } from "../../src-main/engine/removal/apply/journal.ts";
import type { Means } from "../../src-main/engine/removal/apply/ways.ts";

/** A data set, the folder that files are moved to, and how. */
export interface Scene {
  readonly root: string;
  readonly way: "quarantine" | "hardlink" | "trash" | "delete-forever";
  /** Whether the folder acts as another file system. */
  readonly across: boolean;
}

export const dataOf = ({ root }: Scene) => join(root, "data");
export const projectOf = ({ root }: Scene) => join(root, "p.twinlens");
export const quarantineOf = ({ root }: Scene) => join(root, "quarantine");
/** The value of XDG_DATA_HOME for a scene, which contains its trash. */
export const dataHomeOf = ({ root }: Scene) => join(root, "share");
export const trashOf = (scene: Scene) => join(dataHomeOf(scene), "Trash", "files");

/** Images to be removed, each with its sidecars. `keep.jpg` is kept. */
export const IMAGES: readonly (readonly string[])[] = [
  ["cat/a.jpg", "cat/a.txt"],
  ["cat/b.jpg"],
  ["dog/c.jpg", "dog/c.xml", "dog/c_mask.png"],
  ["dog/d.jpg"],
];
export const KEEPER = "cat/keep.jpg";

/** A disk with points before, during and after each operation at which the process may end. */
export function faultyDisk(scene: Scene, point: () => void): Disk {
  const inData = (path: Buffer) => path.toString().startsWith(`${dataOf(scene)}/`);
  const guarded = Object.fromEntries(
    Object.entries(DISK).map(([name, act]) => [
      name,
      async (...words: unknown[]) => {
        point();
        await (act as (...words: unknown[]) => Promise<void>)(...words);
        point();
      },
    ]),
  ) as unknown as Disk;
  return {
    ...guarded,
    async link(from, to) {
      if (scene.across && inData(from) !== inData(to)) {
        throw Object.assign(new Error("EXDEV"), { code: "EXDEV" });
      }
      await guarded.link(from, to);
    },
    async copy(from, to) {
      await copyFile(from, to);
      point(); // a partial copy: all bytes, but not its time yet
      await DISK.unlink(to);
      await guarded.copy(from, to);
    },
    async append(file, text) {
      const before = existsSync(file) ? readFileSync(file) : null;
      appendFileSync(file, text.slice(0, text.length / 2));
      point(); // a half-written line
      await DISK.truncate(file, before?.length ?? 0);
      await guarded.append(file, text);
    },
  };
}

/** A desktop's trash, with points at each operation at which the process may end. */
function faultyTrash(scene: Scene, point: () => void): NonNullable<Means["trash"]> {
  const info = join(dataHomeOf(scene), "Trash", "info");
  return async (file) => {
    const name = file.slice(dataOf(scene).length + 1).replaceAll("/", " ");
    mkdirSync(info, { recursive: true });
    mkdirSync(trashOf(scene), { recursive: true });
    point();
    writeFileSync(
      join(info, `${name}.trashinfo`),
      `[Trash Info]\nPath=${encodeURI(file)}\nDeletionDate=2026-01-02T03:04:05\n`,
    );
    point();
    renameSync(file, join(trashOf(scene), name));
    point();
  };
}

/** What a scene's actions are carried out with. */
export function faultyMeans(scene: Scene, point: () => void): Means {
  const places = {
    splits: [dataOf(scene)],
    sidecars: [],
    journaled: [],
    destination: quarantineOf(scene),
  };
  return { disk: faultyDisk(scene, point), trash: faultyTrash(scene, point), places };
}

/** The action for one image in its current state; `null` if it is already gone. */
function intentOf(scene: Scene, names: readonly string[]): Intent | null {
  const [image = ""] = names;
  const { way } = scene;
  const hasFolder = way === "quarantine" || way === "hardlink";
  const isThere = existsSync(join(dataOf(scene), image));
  const keeper = lstatSync(join(dataOf(scene), KEEPER), { bigint: true });
  if (!isThere || lstatSync(join(dataOf(scene), image), { bigint: true }).ino === keeper.ino) {
    return null;
  }
  const files = (way === "hardlink" ? [image] : names).map((name) => {
    const from = join(dataOf(scene), name);
    const { size, mtimeNs } = lstatSync(from, { bigint: true });
    const to = hasFolder ? join(quarantineOf(scene), name) : null;
    return { from, to, bytes: Number(size), modifiedNs: String(mtimeNs), sha256: sha256(from) };
  });
  const path = join(dataOf(scene), KEEPER);
  const link = {
    path,
    device: String(keeper.dev),
    inode: String(keeper.ino),
    sha256: sha256(path),
  };
  return {
    split: "train",
    path: image,
    way,
    files,
    folder: hasFolder ? quarantineOf(scene) : null,
    link: way === "hardlink" ? link : null,
    scan: "",
  };
}

/** The part of an apply after planning. */
export async function apply(scene: Scene, means: Means, signal?: AbortSignal): Promise<void> {
  const { disk } = means;
  const last = (await Journal.all(disk, projectOf(scene))).at(-1);
  let journal = last && !last.finished ? last : null;
  if (journal) await settleAll(means, journal, true);
  for (const names of IMAGES) {
    const intent = intentOf(scene, names);
    if (!intent) continue;
    journal ??= await Journal.begin(disk, projectOf(scene), 1_700_000_000_000, {
      folder: quarantineOf(scene),
      sidecarRoots: [],
    });
    await carryOut(means, journal, intent, signal);
  }
  await journal?.finish("apply");
}

/** The part of an undo after planning. @returns why files were not restored */
export async function undo(scene: Scene, means: Means): Promise<readonly string[]> {
  const { disk } = means;
  const journals = await Journal.all(disk, projectOf(scene));
  const last = journals.at(-1);
  if (last && !last.finished) await settleAll(means, last, false);
  const journal = journals.findLast(({ outstanding }) => outstanding.length > 0);
  const problems: string[] = [];
  for (const step of journal?.outstanding ?? []) {
    if (journal) problems.push(...(await takeBack(means, journal, step)).problems);
  }
  await (journal ?? last)?.finish("undo");
  return problems;
}

/** Gives every file below a folder a time that a copy preserves exactly. */
export function settleTimes(folder: string): void {
  for (const name of Object.keys(treeOf(folder))) {
    utimesSync(join(folder, name), 1_600_000_000, 1_600_000_000.123);
  }
}

/** Every file below a folder, with its content, permissions and time in microseconds. */
export function treeOf(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    files
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name))
      .sort()
      .map((file) => {
        const { mode, mtimeMs } = lstatSync(file);
        const facts = [sha256(file), mode.toString(8), mtimeMs.toFixed(2)];
        return [file.slice(folder.length + 1), facts.join(" ")];
      }),
  );
}

export function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
