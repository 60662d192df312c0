import { resolve } from "node:path";
import { defineConfig } from "electron-vite";
import { pageConfig } from "./src-renderer/vite.config.ts";

const root = import.meta.dirname;

/**
 * The window's side of the desktop program: main process, preload script and page. The engine is not among them: it is the same plain
 * JavaScript in `dist/` that the command line runs, in a process of its own. What is here needs no package at run time.
 */
export default defineConfig({
  main: {
    build: {
      outDir: "out/main",
      externalizeDeps: false,
      rolldownOptions: { input: resolve(root, "src-main/main.ts") },
    },
  },
  preload: {
    build: {
      outDir: "out/preload",
      externalizeDeps: false,
      rolldownOptions: {
        input: resolve(root, "src-main/preload.ts"),
        // A sandboxed preload script is one CommonJS file.
        output: { format: "cjs", entryFileNames: "[name].cjs" },
      },
    },
  },
  renderer: pageConfig(resolve(root, "src-renderer")),
});
