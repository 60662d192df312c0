import { resolve } from "node:path";
import { defineConfig } from "electron-vite";
import { pageConfig } from "./src-renderer/vite.config.ts";

const root = import.meta.dirname;

/**
 * The desktop code: main process, preload script and page, which need no package at run time. The engine runs in a separate
 * process, from the same JavaScript in `dist/` as for the command line.
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
        // A sandboxed preload script must be a single CommonJS file.
        output: { format: "cjs", entryFileNames: "[name].cjs" },
      },
    },
  },
  renderer: pageConfig(resolve(root, "src-renderer")),
});
