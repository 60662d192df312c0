import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { listSupportedBackends } from "onnxruntime-node";
import { EngineError } from "../../../contract/errors.ts";
import type { ModelManifest } from "../../../contract/model-manifest.ts";
import type { Device } from "../../../contract/scan-request.ts";
import {
  type Embedder,
  type Embeddings,
  EXECUTION_PROVIDERS,
  type ProviderDevice,
} from "./embedder.ts";
import type { ProviderTrial } from "./provider-trial.ts";

/** Opens the model on a device; throws when that fails. */
export type OpenEmbedder = (device: ProviderDevice) => Promise<Embedder>;

/** A device that was not used, and why. */
export interface Fallback {
  readonly device: ProviderDevice;
  readonly reason: string;
}

/** A batch that devices are compared on. @see Embedder.run */
export interface SampleBatch {
  readonly pixels: Uint8Array;
  readonly n: number;
  readonly height: number;
  readonly width: number;
}

export interface ProviderRequest {
  readonly open: OpenEmbedder;
  readonly sample: SampleBatch;
  /** Remembers devices that take the process down; without one, every device is tried every time. */
  readonly trial?: ProviderTrial;
  readonly host?: ProviderHost;
}

/** What can be known about a machine without opening a session. */
export interface ProviderHost {
  readonly platform: NodeJS.Platform;
  readonly arch: NodeJS.Architecture;
  /** ONNX Runtime's names of the providers that its binary was built with. */
  readonly backends: readonly string[];
  /** ONNX Runtime's CUDA library lies beside its binary. */
  readonly cudaLibrary: boolean;
  readonly nvidiaDriver: boolean;
  /** Linux: there is a GPU that a program without a display can use. */
  readonly renderNode: boolean;
}

/** In the order in which `auto` prefers them. */
const ACCELERATORS = ["cuda", "directml", "coreml", "webgpu"] as const;

/** The only system that a provider exists for; the others exist for all. */
const ONLY_ON: Partial<Record<ProviderDevice, { platform: NodeJS.Platform; name: string }>> = {
  cuda: { platform: "linux", name: "Linux" },
  directml: { platform: "win32", name: "Windows" },
  coreml: { platform: "darwin", name: "macOS" },
};

/** Cosine to the CPU's answer below which a device is taken to compute something else. Half precision passes. */
const SAME_ANSWER_COSINE = 0.999;

/** A device that takes this many times as long as the CPU is one in name only: a software renderer. */
const SLOWER_THAN_CPU = 4;

/** Batches that are timed; the fastest counts, since other programs slow some of them down. */
const TIMED_RUNS = 3;

/** Images in a sample: enough for a row of a batch to end up in another's place. */
const SAMPLE_IMAGES = 4;

/**
 * Opens the model on the device asked for, or with `auto` on the best one whose answers agree with the CPU's.
 *
 * `auto` opens no session that is bound to fail, so a machine with nothing but a CPU pays for nothing else.
 * @returns the embedder to use and to release, and the devices that this machine could have but that were not used.
 * @throws EngineError `MODEL_INVALID` when a device is named and cannot be used: it is never replaced silently.
 */
export async function chooseProvider(
  device: Device,
  request: ProviderRequest,
): Promise<{ embedder: Embedder; fallbacks: Fallback[] }> {
  const host = request.host ?? thisHost();
  if (device === "cpu") return { embedder: await request.open("cpu"), fallbacks: [] };
  const cpu = cpuReference(request);
  const fallbacks: Fallback[] = [];
  try {
    for (const candidate of device === "auto" ? ACCELERATORS : [device]) {
      if (device === "auto" && !existsOn(candidate, host.platform)) continue;
      const result = await tryDevice(candidate, cpu, { ...request, host }, device === candidate);
      if (typeof result !== "string") {
        await cpu.release();
        return { embedder: result, fallbacks };
      }
      fallbacks.push({ device: candidate, reason: result });
    }
    if (device === "auto") return { embedder: await cpu.embedder(), fallbacks };
  } catch (error) {
    await cpu.release();
    throw error;
  }
  await cpu.release();
  throw new EngineError(
    "MODEL_INVALID",
    `The device ${device} cannot be used: ${fallbacks[0]?.reason}. Choose another device, or auto.`,
  );
}

/** Whether each device can be used here, and if not, why. Opens a session on each that might. */
export async function devices(
  request: ProviderRequest,
): Promise<{ device: ProviderDevice; available: boolean; reason: string | null }[]> {
  const host = request.host ?? thisHost();
  const cpu = cpuReference(request);
  const statuses: Awaited<ReturnType<typeof devices>> = [
    { device: "cpu", available: true, reason: null },
  ];
  try {
    for (const device of ACCELERATORS) {
      const result = await tryDevice(device, cpu, { ...request, host });
      if (typeof result !== "string") await result.release();
      const reason = typeof result === "string" ? result : null;
      statuses.push({ device, available: reason === null, reason });
    }
    return statuses;
  } finally {
    await cpu.release();
  }
}

/**
 * Smooth stripes and noise, the same every time, in the size that the model asks for.
 * Plain noise would do for arithmetic, but a model answers much the same to all of it.
 */
export function sampleBatch({ input: { width, height } }: ModelManifest): SampleBatch {
  const pixels = new Uint8Array(SAMPLE_IMAGES * height * width * 3);
  let noise = 1;
  for (let i = 0; i < pixels.length; i++) {
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0;
    const image = Math.floor(i / (height * width * 3));
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width) % height];
    const stripe = 100 * Math.sin((x * (image + 1) + y * (i % 3)) / 9);
    pixels[i] = 110 + stripe + (noise >>> 24) / 8;
  }
  return { pixels, n: SAMPLE_IMAGES, height, width };
}

/** The machine that this process runs on. */
export function thisHost(): ProviderHost {
  const binaries = path.join(
    path.dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json")),
    `bin/napi-v6/${process.platform}/${process.arch}`,
  );
  return {
    platform: process.platform,
    arch: process.arch,
    backends: listSupportedBackends().map((backend) => backend.name),
    cudaLibrary: existsSync(path.join(binaries, "libonnxruntime_providers_cuda.so")),
    nvidiaDriver: existsSync("/dev/nvidiactl") || existsSync("/dev/dxg"),
    renderNode:
      existsSync("/dev/nvidiactl") ||
      (existsSync("/dev/dri") &&
        readdirSync("/dev/dri").some((name) => name.startsWith("renderD"))),
  };
}

/** The CPU's embedder and its answer to the sample, each made when first asked for. */
function cpuReference({ open, sample }: ProviderRequest) {
  let opened: Promise<Embedder> | undefined;
  let measured: Promise<Measured> | undefined;
  const embedder = () => {
    opened ??= open("cpu");
    return opened;
  };
  return {
    embedder,
    answer: () => {
      measured ??= embedder().then((cpu) => measure(cpu, sample));
      return measured;
    },
    /** Frees the session if one was opened. */
    release: () =>
      opened?.then(
        (cpu) => cpu.release(),
        () => {},
      ),
  };
}

/** An open embedder whose answers agree with the CPU's, or the reason why there is none. */
async function tryDevice(
  device: ProviderDevice,
  cpu: ReturnType<typeof cpuReference>,
  { open, sample, trial, host }: ProviderRequest & { host: ProviderHost },
  named = false,
): Promise<Embedder | string> {
  const impossible = obstacle(device, host);
  if (impossible !== null) return impossible;
  if (!named && trial?.crashedBefore(device))
    return `it brought the program down when last tried; choose ${device} by its name to try again`;
  const reference = await cpu.answer();
  const attempt = async () => {
    let embedder: Embedder | undefined;
    try {
      embedder = await open(device);
      const measured = await measure(embedder, sample);
      const disagreement =
        compare(reference.embeddings, measured.embeddings, sample.n) ??
        (named ? null : tooSlow(reference.milliseconds, measured.milliseconds));
      if (disagreement === null) return embedder;
      await embedder.release();
      return disagreement;
    } catch (error) {
      await embedder?.release();
      return error instanceof Error ? error.message : String(error);
    }
  };
  return trial ? trial.run(device, attempt) : attempt();
}

/** Why a session on the device is bound to fail here, or `null` when it is worth opening one. */
export function obstacle(device: ProviderDevice, host: ProviderHost): string | null {
  if (!existsOn(device, host.platform))
    return `only on ${ONLY_ON[device]?.name}, this is ${host.platform}`;
  if (!host.backends.includes(EXECUTION_PROVIDERS[device]))
    return `ONNX Runtime for ${host.platform} ${host.arch} is built without it`;
  if (device === "cuda" && !host.nvidiaDriver) return "no NVIDIA driver found";
  if (device === "cuda" && !host.cudaLibrary)
    return "its libraries are not installed; npm run cuda:install fetches them";
  if (device === "webgpu" && host.platform === "linux" && !host.renderNode)
    return "no GPU found (no render node in /dev/dri)";
  return null;
}

const existsOn = (device: ProviderDevice, platform: NodeJS.Platform) =>
  (ONLY_ON[device]?.platform ?? platform) === platform;

interface Measured {
  readonly embeddings: Embeddings;
  /** Time of a batch once the first has compiled and allocated what it needs. */
  readonly milliseconds: number;
}

async function measure(embedder: Embedder, sample: SampleBatch): Promise<Measured> {
  const run = () => embedder.run(sample.pixels, sample.n, sample.height, sample.width);
  const embeddings = await run();
  let milliseconds = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TIMED_RUNS; i++) {
    const start = performance.now();
    await run();
    milliseconds = Math.min(milliseconds, performance.now() - start);
  }
  return { embeddings, milliseconds };
}

/** Where a device's unit vectors differ from the CPU's, or `null` when each row is the same to half precision. */
function compare(reference: Embeddings, answer: Embeddings, n: number): string | null {
  for (const [modelOutput, expected] of Object.entries(reference)) {
    const values = answer[modelOutput];
    if (values?.length !== expected.length) return `it gives no "${modelOutput}" of the CPU's size`;
    const dimensions = expected.length / n;
    for (let start = 0; start < expected.length; start += dimensions) {
      let cosine = 0;
      for (let i = start; i < start + dimensions; i++)
        cosine += (expected[i] ?? 0) * (values[i] ?? 0);
      // Written so that NaN fails, too.
      if (!(cosine >= SAME_ANSWER_COSINE))
        return `its results differ from the CPU's (cosine ${cosine.toFixed(4)} of "${modelOutput}")`;
    }
  }
  return null;
}

function tooSlow(cpuMilliseconds: number, milliseconds: number): string | null {
  if (milliseconds <= SLOWER_THAN_CPU * cpuMilliseconds) return null;
  return `it is slower than the CPU (${milliseconds.toFixed(0)} ms a batch against ${cpuMilliseconds.toFixed(0)} ms)`;
}
