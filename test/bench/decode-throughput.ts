/**
 * Compares the throughput of a scan with that of sharp alone.
 *
 *     node test/bench/decode-throughput.ts [FOLDER of photos] [--only photos|tiny] [--rounds N] [--quick]
 *
 * Two sets: photos of about 500x400 pixels, and 32x32 images like CIFAR's. The embedding stage of a scan (the engine in its
 * own process, on the CPU, including opening the model) is compared with a process in which sharp decodes the same files
 * with the best of several settings. Rounds alternate because the machine's speed varies; the median ratio counts.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { loadModel } from "../../src-main/engine/scan/embed/manifest.ts";
import { startNodeEngine } from "../../src-main/engine-client/node-engine.ts";
import { photoSource, photos32, photos500 } from "./bench-images.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "9" },
    /** Uses a tenth of the images, for a smoke test. */
    quick: { type: "boolean", default: false },
  },
});
const cores = availableParallelism();
const rounds = Number(values.rounds);
const scale = values.quick ? 0.1 : 1;

/** How sharp runs. */
interface Setting {
  readonly threadPool: number;
  readonly inFlight: number;
  readonly concurrency: number;
  readonly read: "path" | "buffer";
}

interface Reference {
  readonly name: string;
  readonly side: number;
  readonly fit: "fill" | "cover";
}

const SETTINGS: readonly Setting[] = [cores, 2 * cores].flatMap((threadPool) =>
  [1, 4].flatMap((ahead) =>
    (["path", "buffer"] as const).flatMap((read) =>
      [1, cores].map((concurrency) => ({
        threadPool,
        inFlight: ahead * threadPool,
        concurrency,
        read,
      })),
    ),
  ),
);
/** Settings kept after the first measurement, which other load may have disturbed. */
const FINALISTS = 3;

const { manifest } = await loadModel();
const source = await photoSource(positionals[0]);
console.log(
  `${cores} cores (${cpus()[0]?.model.trim()}), Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}; ${source.description}`,
);
if (values.only !== "tiny") {
  await compare(
    "photos of 501x399",
    await photos500(source, 1500 * scale),
    {
      name: `sharp to ${manifest.input.width}x${manifest.input.height}`,
      side: manifest.input.width,
      fit: "fill",
    },
    0.8,
  );
}
if (values.only !== "photos") {
  await compare(
    "images of 32x32",
    await photos32(source, 6000 * scale),
    { name: "sharp(file).resize(224, 224).raw()", side: 224, fit: "cover" },
    1.3,
  );
}

async function compare(
  name: string,
  folder: string,
  reference: Reference,
  target: number,
): Promise<void> {
  const files = readdirSync(folder);
  const bytes = files.reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0);
  console.log(
    `\n${files.length} ${name}, ${(bytes / files.length / 1024).toFixed(1)} KB each, against ${reference.name}`,
  );
  const looks = [];
  for (const setting of SETTINGS)
    looks.push({ setting, rate: await sharpAlone(folder, reference, setting) });
  looks.sort((a, b) => b.rate - a.rate);
  for (const { setting, rate } of looks) console.log(`  ${words(setting)}  ${rate.toFixed(0)}/s`);

  const finalists = looks.slice(0, FINALISTS).map(({ setting }) => setting);
  let [bestSharp, bestScan] = [0, 0];
  const ratios: number[] = [];
  console.log("  round   sharp alone/s   scan/s   ratio");
  for (let round = 1; round <= rounds; round++) {
    const setting = finalists[round % finalists.length] as Setting; // never empty
    const sharpRate = await sharpAlone(folder, reference, setting);
    const scanRate = await scanRateOf(folder, files.length);
    bestSharp = Math.max(bestSharp, sharpRate);
    bestScan = Math.max(bestScan, scanRate);
    ratios.push(scanRate / sharpRate);
    console.log(
      `${round}`.padStart(7),
      sharpRate.toFixed(0).padStart(15),
      scanRate.toFixed(0).padStart(8),
      (scanRate / sharpRate).toFixed(2).padStart(7),
    );
  }
  ratios.sort((a, b) => a - b);
  const [least, lower, median, upper, most] = [0, 0.25, 0.5, 0.75, 1].map((share) =>
    ratios[Math.round(share * (ratios.length - 1))]?.toFixed(2),
  );
  console.log(
    `  ratio ${median}, half of the rounds ${lower} to ${upper}, all ${least} to ${most}; ` +
      `target at least ${target}`,
  );
  console.log(
    `  best of each: sharp alone ${bestSharp.toFixed(0)}/s, scan ${bestScan.toFixed(0)}/s, ${(bestScan / bestSharp).toFixed(2)}`,
  );
}

function words({ threadPool, inFlight, concurrency, read }: Setting): string {
  return `UV_THREADPOOL_SIZE=${threadPool}, ${inFlight} in flight, sharp.concurrency(${concurrency}), by ${read}`.padEnd(
    76,
  );
}

/** Images per second. */
async function sharpAlone(
  folder: string,
  { side, fit }: Reference,
  { threadPool, inFlight, concurrency, read }: Setting,
): Promise<number> {
  const script = path.join(import.meta.dirname, "sharp-alone.ts");
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [script, folder, `${side}`, fit, `${inFlight}`, `${concurrency}`, read],
    { env: { ...process.env, UV_THREADPOOL_SIZE: `${threadPool}` } },
  );
  return Number(stdout);
}

/** Images per second of a first scan's embedding stage. */
async function scanRateOf(folder: string, images: number): Promise<number> {
  const home = mkdtempSync(path.join(tmpdir(), "twinlens-bench-"));
  try {
    await using engine = startNodeEngine(home);
    const project = path.join(home, "bench.twinlens");
    const events = await engine.client.scan({
      splits: [{ name: "all", root: folder }],
      project,
      device: "cpu",
    });
    let [started, ended] = [0, 0];
    for await (const event of events) {
      if (event.type !== "progress") continue;
      if (event.stage === "walk") started = performance.now();
      else if (event.stage !== "embed")
        break; // Do not wait for the stages after embedding.
      else if (event.unreadable > 0) throw new Error(`${event.unreadable} files were unreadable`);
      else if (event.done === images) ended = performance.now();
    }
    if (ended === 0) throw new Error("The scan ended without progress for its last image.");
    return images / ((ended - started) / 1000);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
