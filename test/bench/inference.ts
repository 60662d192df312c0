/**
 * Images per second that the bundled model embeds from decoded pixels, compared with summing the same pixels in JavaScript.
 *
 *     node test/bench/inference.ts
 */
import { availableParallelism } from "node:os";
import { openEmbedder } from "../../src-main/engine/scan/embed/embedder.ts";
import { loadModel } from "../../src-main/engine/scan/embed/manifest.ts";

const BATCHES = [1, 8, 32];
const IMAGES = 512;
const ROUNDS = 5;
const TARGET = 1000;

const model = await loadModel();
const { width, height } = model.manifest.input;
const cores = availableParallelism();
const noise = Uint8Array.from({ length: 32 * width * height * 3 }, () => 256 * Math.random());

const reference = best(() => {
  let sum = 0;
  for (const byte of noise) sum += byte;
  return sum >= 0 ? 32 : 0;
});
console.log(
  `reference: summing the bytes of ${width}x${height} RGB, ${(await reference).toFixed(0)} images/s`,
);
for (const threads of [1, cores]) {
  const embedder = await openEmbedder(model, { device: "cpu", threads });
  for (const batch of BATCHES) {
    const pixels = noise.subarray(0, batch * width * height * 3);
    await embedder.run(pixels, batch, height, width);
    const rate = await best(async () => {
      for (let done = 0; done < IMAGES; done += batch)
        await embedder.run(pixels, batch, height, width);
      return IMAGES;
    });
    console.log(
      `${threads} threads, batches of ${batch}`.padEnd(28),
      `${rate.toFixed(0)} images/s = ${(rate / (await reference)).toFixed(3)} x the reference` +
        (threads === cores ? `, target ${TARGET}` : ""),
    );
  }
  await embedder.release();
}

/** @param run processes some images and returns their number @returns images per second in the best round */
async function best(run: () => number | Promise<number>): Promise<number> {
  let most = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const images = await run();
    most = Math.max(most, (1000 * images) / (performance.now() - start));
  }
  return most;
}
