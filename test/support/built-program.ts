import { execFile } from "node:child_process";
import { cpSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "vite";
import { freshFolder } from "./fresh-folder.ts";

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

/** Folder with the built program, laid out as in its package. */
export interface BuiltProgram {
  /** Includes the program's own page. */
  readonly folder: string;
  /** Includes a page that does what a test requests instead. */
  readonly withProbe: string;
}

/** Builds the program like `npm run build`, but without checking types. */
export async function buildProgram(): Promise<BuiltProgram> {
  const folder = freshFolder();
  const withProbe = freshFolder();
  const tool = (path: string, ...words: string[]) =>
    run(process.execPath, [join(root, "node_modules", path), ...words], { cwd: root });
  const dist = join(folder, "dist");
  await Promise.all([
    tool("electron-vite/bin/electron-vite.js", "build", "--outDir", join(folder, "out")),
    tool("typescript/bin/tsc", "-p", "tsconfig.build.json", "--noCheck", "--outDir", dist),
    build({
      root: join(import.meta.dirname, "probe"),
      base: "./",
      configFile: false,
      logLevel: "error",
      build: {
        outDir: join(withProbe, "out", "renderer"),
        modulePreload: { polyfill: false },
        target: "esnext",
      },
    }),
  ]);
  for (const part of ["main", "preload"])
    cpSync(join(folder, "out", part), join(withProbe, "out", part), { recursive: true });
  cpSync(dist, join(withProbe, "dist"), { recursive: true });
  for (const place of [folder, withProbe])
    for (const name of ["package.json", "node_modules", "models"])
      symlinkSync(join(root, name), join(place, name));
  return { folder, withProbe };
}
