import { resolve } from "node:path";
import { defineConfig } from "electron-vite";
import renderer from "./src-renderer/vite.config.ts";

const root = import.meta.dirname;

/** Natives and what they need stay packages (`dependencies`); everything else is bundled (`devDependencies`). */
export default defineConfig({
  main: {
    build: {
      outDir: "out/main",
      rolldownOptions: { input: resolve(root, "src-main/main.ts") },
    },
  },
  preload: {
    build: {
      outDir: "out/preload",
      rolldownOptions: {
        input: resolve(root, "src-main/preload.ts"),
        // A sandboxed preload script is one CommonJS file.
        output: { format: "cjs", entryFileNames: "[name].cjs" },
      },
    },
  },
  renderer,
});
