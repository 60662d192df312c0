/**
 * Decodes the files of a folder with sharp, in a separate process.
 *
 *     UV_THREADPOOL_SIZE=N node test/bench/sharp-alone.ts FOLDER PX fill|cover IN_FLIGHT CONCURRENCY path|buffer
 *
 * Prints images per second, excluding the time for starting Node and loading sharp.
 */
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";

const [folder = "", side, fit, inFlight, concurrency, read] = process.argv.slice(2);
sharp.cache(false);
sharp.concurrency(Number(concurrency));
const files = readdirSync(folder)
  .sort()
  .map((name) => path.join(folder, name));

const started = performance.now();
let next = 0;
async function work(): Promise<void> {
  for (let file = files[next++]; file !== undefined; file = files[next++]) {
    const image = sharp(read === "buffer" ? await readFile(file) : file);
    const size = Number(side);
    await image
      .resize(size, size, { fit: fit === "fill" ? "fill" : "cover" })
      .raw()
      .toBuffer();
  }
}
await Promise.all(Array.from({ length: Number(inFlight) }, work));
console.log(files.length / ((performance.now() - started) / 1000));
