import { resolve } from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type Plugin } from "vite";

const root = import.meta.dirname;

/** Draws a picture for every id: copies of one picture share a hue. */
const pictures: Plugin = {
  name: "sample-pictures",
  configureServer(server) {
    server.middlewares.use("/pictures", (request, response) => {
      const id = Number(request.url?.split("/")[2] ?? 0);
      const hue = (Math.floor(id / 8) * 47) % 360;
      const [width, height] = [
        [640, 480],
        [480, 640],
        [32, 32],
      ][id % 3] as [number, number];
      response.setHeader("content-type", "image/svg+xml");
      response.end(
        `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 100 100" preserveAspectRatio="none"><rect width="100" height="100" fill="hsl(${hue} 35% 60%)"/><circle cx="${30 + (hue % 40)}" cy="55" r="24" fill="hsl(${hue + 90} 50% 40%)"/><path d="M0 80 L40 ${50 + (hue % 20)} L100 90 V100 H0Z" fill="hsl(${hue + 30} 30% 30%)"/></svg>`,
      );
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
