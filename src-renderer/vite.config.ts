import { resolve } from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type UserConfig } from "vite";

/**
 * The page: the same files for the desktop window and for `twinlens serve`.
 * @param root this folder, which a tool that bundles this file into another has to tell
 */
export function pageConfig(root: string): UserConfig {
  return {
    root,
    base: "./",
    plugins: [svelte({ configFile: resolve(root, "../svelte.config.js") }), tailwindcss()],
    build: {
      outDir: resolve(root, "../out/renderer"),
      emptyOutDir: true,
      // The page's content rules allow no inline fonts or scripts; every asset is a file.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: resolve(root, "index.html") },
    },
  };
}

export default defineConfig(pageConfig(import.meta.dirname));
