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

/** Opens the model on a device. @throws when that fails */
export type OpenEmbedder = (device: ProviderDevice) => Promise<Embedder>;

/** A device that is not used, and why. */
export interface Fallback {
  readonly device: ProviderDevice;
  readonly reason: string;
}

/** The batch on which devices are compared. @see Embedder.run */
export interface SampleBatch {
  readonly pixels: Uint8Array;
  readonly n: number;
  readonly height: number;
  readonly width: number;
}

export interface ProviderRequest {
  readonly open: OpenEmbedder;
  readonly sample: SampleBatch;
  /** Remembers devices that crash the process. Without it, every device is tried every time. */
  readonly trial?: ProviderTrial;
  readonly host?: ProviderHost;
}

/** Facts about a machine that need no session. */
export interface ProviderHost {
  readonly platform: NodeJS.Platform;
  readonly arch: NodeJS.Architecture;
  /** ONNX Runtime's names of the providers in its binary. */
  readonly backends: readonly string[];
  /** ONNX Runtime's CUDA library is installed. */
  readonly cudaLibrary: boolean;
  readonly nvidiaDriver: boolean;
  /** On Linux: a GPU is available without a display. */
  readonly renderNode: boolean;
}

/** In the order in which `auto` tries them. */
const ACCELERATORS = ["cuda", "directml", "coreml", "webgpu"] as const;

/** Providers that exist for a single operating system. */
const ONLY_ON: Partial<Record<ProviderDevice, { platform: NodeJS.Platform; name: string }>> = {
  cuda: { platform: "linux", name: "Linux" },
  directml: { platform: "win32", name: "Windows" },
  coreml: { platform: "darwin", name: "macOS" },
};

/** Lowest cosine to the CPU's result at which a device's result counts as equal. Half precision passes. */
const SAME_RESULT_COSINE = 0.999;

/** A device this many times slower than the CPU is a software renderer. */
const SLOWER_THAN_CPU = 4;

/** Timed batches. The fastest counts, since other programs slow down some of them. */
const TIMED_RUNS = 3;

/** Images in the sample: enough to detect swapped rows. */
const SAMPLE_IMAGES = 4;

/**
 * Opens the model on the requested device. `auto` picks the first accelerator whose results agree with the CPU's, or the CPU;
 * it opens no session that is bound to fail.
 * @returns an embedder, which the caller must release, and the devices that were not used
 * @throws EngineError `MODEL_INVALID` when a named device cannot be used; it is never replaced silently
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

/** Lists all devices and whether each is available. Opens a session on each device that might be. */
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

/** A fixed batch of stripes with noise at the model's input size. A model's results for pure noise are too much alike. */
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

/** The current machine. */
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

/** The CPU's embedder and its result for the sample, each created on first use. */
function cpuReference({ open, sample }: ProviderRequest) {
  let opened: Promise<Embedder> | undefined;
  let measured: Promise<Measured> | undefined;
  const embedder = () => {
    opened ??= open("cpu");
    return opened;
  };
  return {
    embedder,
    result: () => {
      measured ??= embedder().then((cpu) => measure(cpu, sample));
      return measured;
    },
    /** Frees the session, if any. */
    release: () =>
      opened?.then(
        (cpu) => cpu.release(),
        () => {},
      ),
  };
}

/** An open embedder whose results agree with the CPU's, or the reason why there is none. */
async function tryDevice(
  device: ProviderDevice,
  cpu: ReturnType<typeof cpuReference>,
  { open, sample, trial, host }: ProviderRequest & { host: ProviderHost },
  named = false,
): Promise<Embedder | string> {
  const impossible = obstacle(device, host);
  if (impossible !== null) return impossible;
  if (!named && trial?.crashedBefore(device))
    return `it crashed the program; select ${device} explicitly to try again`;
  const reference = await cpu.result();
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

/** Why a session on the device is bound to fail on this machine, or `null` when it may work. */
export function obstacle(device: ProviderDevice, host: ProviderHost): string | null {
  if (!existsOn(device, host.platform))
    return `available only on ${ONLY_ON[device]?.name}, this is ${host.platform}`;
  if (!host.backends.includes(EXECUTION_PROVIDERS[device]))
    return `ONNX Runtime for ${host.platform} ${host.arch} does not include it`;
  if (device === "cuda" && !host.nvidiaDriver) return "no NVIDIA driver found";
  if (device === "cuda" && !host.cudaLibrary)
    return "its libraries are not installed; run npm run cuda:install";
  if (device === "webgpu" && host.platform === "linux" && !host.renderNode)
    return "no GPU found (no render node in /dev/dri)";
  return null;
}

const existsOn = (device: ProviderDevice, platform: NodeJS.Platform) =>
  (ONLY_ON[device]?.platform ?? platform) === platform;

interface Measured {
  readonly embeddings: Embeddings;
  /** Time per batch after warm-up. */
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

/** How a device's unit vectors differ from the CPU's, or `null` when they agree to half precision. */
function compare(reference: Embeddings, embeddings: Embeddings, n: number): string | null {
  for (const [modelOutput, expected] of Object.entries(reference)) {
    const values = embeddings[modelOutput];
    if (values?.length !== expected.length)
      return `its output "${modelOutput}" has another size than the CPU's`;
    const dimensions = expected.length / n;
    for (let start = 0; start < expected.length; start += dimensions) {
      let cosine = 0;
      for (let i = start; i < start + dimensions; i++)
        cosine += (expected[i] ?? 0) * (values[i] ?? 0);
      // NaN must fail too.
      if (!(cosine >= SAME_RESULT_COSINE))
        return `its results differ from the CPU's (cosine ${cosine.toFixed(4)} for "${modelOutput}")`;
    }
  }
  return null;
}

function tooSlow(cpuMilliseconds: number, milliseconds: number): string | null {
  if (milliseconds <= SLOWER_THAN_CPU * cpuMilliseconds) return null;
  return `it is slower than the CPU (${milliseconds.toFixed(0)} ms per batch, the CPU takes ${cpuMilliseconds.toFixed(0)} ms)`;
}
