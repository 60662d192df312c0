import { resolve } from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type Plugin } from "vite";
import { draw } from "./drawn-pictures.ts";

const root = import.meta.dirname;

/** Draws a picture for every id. */
const pictures: Plugin = {
  name: "drawn-pictures",
  configureServer({ middlewares }) {
    middlewares.use("/pictures", (request, response) => {
      response.setHeader("content-type", "image/svg+xml");
      response.setHeader("cache-control", "max-age=3600");
      response.end(draw(Number(request.url?.split("/")[2] ?? 0)));
    });
  },
};

/** The page with a sample project in place of a host: `vite test/renderer`, then `?case=...`; see sample-page.ts. */
export default defineConfig({
  root,
  plugins: [
    svelte({ configFile: resolve(root, "../../svelte.config.js") }),
    tailwindcss(),
    pictures,
  ],
  server: { fs: { allow: [resolve(root, "../..")] } },
});
