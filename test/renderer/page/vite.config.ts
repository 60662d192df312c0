import type { IncomingMessage, ServerResponse } from "node:http";
import { resolve } from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";
import { draw } from "./drawn-pictures.ts";

const root = import.meta.dirname;

function answer(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  const id = /^\/pictures\/[^/]+\/(\d+)\//.exec(request.url ?? "")?.[1];
  if (id === undefined) {
    next();
    return;
  }
  response.setHeader("Content-Type", "image/svg+xml");
  response.setHeader("Cache-Control", "max-age=3600");
  response.end(draw(Number(id)));
}

/** Serves the review over a sample project, for looking at it: `vite test/renderer/page`, or built and previewed. */
export default defineConfig({
  root,
  base: "./",
  plugins: [
    svelte({ configFile: resolve(root, "../../../svelte.config.js") }),
    tailwindcss(),
    {
      name: "drawn-pictures",
      configureServer: ({ middlewares }) => void middlewares.use(answer),
      configurePreviewServer: ({ middlewares }) => void middlewares.use(answer),
    },
  ],
  build: { outDir: resolve(root, "../../../out/sample-page"), emptyOutDir: true },
});
