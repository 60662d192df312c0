import { resolve } from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

const root = import.meta.dirname;

/** The page: the same files for the desktop window and for `twinlens serve`. */
export default defineConfig({
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
});
