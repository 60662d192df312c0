import { setImmediate } from "node:timers/promises";
import { env, InferenceSession, Tensor } from "onnxruntime-node";
import { EngineError } from "../../../contract/errors.ts";
import type { ModelManifest } from "../../../contract/model-manifest.ts";
import type { Device } from "../../../contract/scan-request.ts";
import type { LoadedModel, ModelOutput } from "./manifest.ts";

/** A device that a model can run on. */
export type ProviderDevice = Exclude<Device, "auto">;

/** ONNX Runtime's name for each device. */
export const EXECUTION_PROVIDERS: Readonly<Record<ProviderDevice, string>> = {
  cpu: "cpu",
  cuda: "cuda",
  directml: "dml",
  coreml: "coreml",
  webgpu: "webgpu",
};

/** Unit vectors by output name: row-major `[n, dimensions]`. */
export type Embeddings = Record<string, Float32Array>;

export interface Embedder {
  readonly device: ProviderDevice;
  /**
   * Embeds a batch of images.
   *
   * Rows have unit length, so a dot product is a cosine; rows of zeros stay zero. On the CPU the bundled model's rows are
   * bit-for-bit independent of the batch and the number of threads (test/engine/model-invariance.test.ts).
   *
   * @param pixels RGB, `[n, height, width, 3]`, 0 to 255
   * @throws EngineError `MODEL_INVALID` when the model rejects the batch, or returns non-finite numbers or shapes other than
   *   its manifest's; RangeError when the arguments do not match
   */
  run(pixels: Uint8Array, n: number, height: number, width: number): Promise<Embeddings>;
  /** Frees the session. ONNX Runtime aborts a process that exits before this resolves. */
  release(): Promise<void>;
}

export interface EmbedderOptions {
  readonly device: ProviderDevice;
  /** Threads for inference on the CPU. */
  readonly threads: number;
  /** Outputs to compute. Default: the model's first. */
  readonly modelOutputs?: readonly ModelOutput[];
}

/** ONNX Runtime logs to standard error. Its exceptions contain the same text. */
const LOG_FATAL_ONLY = 4;

/** Allowed deviation of a squared length from 1: float32 rounding over some hundred terms. */
const UNIT_TOLERANCE = 1e-6;

const CHANNELS = 3;

/** Images per synchronous inference call on the CPU. Larger calls are no faster and leave the decoding threads idle. */
const CPU_BATCH = 8;

/** A photo takes about four times as long to decode as to embed. */
const CORES_PER_INFERENCE_THREAD = 4;

/**
 * Number of inference threads; the others decode. On 2 cores, a second inference thread is only 15 % faster.
 * @param threads of the whole scan, 1 or more
 */
export function inferenceThreads(threads: number): number {
  return Math.max(1, Math.floor(threads / CORES_PER_INFERENCE_THREAD));
}

/**
 * Opens a model on a device. Inference is a synchronous native call that blocks the event loop.
 * @throws EngineError `MODEL_INVALID` when the device is unavailable or the graph does not match its manifest
 */
export async function openEmbedder(
  model: LoadedModel,
  { device, threads, modelOutputs = model.manifest.outputs.slice(0, 1) }: EmbedderOptions,
): Promise<Embedder> {
  env.logLevel = "fatal";
  const session = await InferenceSession.create(model.file, {
    executionProviders: [EXECUTION_PROVIDERS[device]],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    executionMode: "sequential",
    enableCpuMemArena: true,
    // DirectML does not support memory patterns.
    enableMemPattern: device !== "directml",
    logSeverityLevel: LOG_FATAL_ONLY,
    // Spinning threads would take cores from decoding.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  }).catch((cause: unknown) => {
    throw new EngineError(
      "MODEL_INVALID",
      `ONNX Runtime cannot open ${model.file} on ${device}: ${oneLine(cause)}`,
      { cause },
    );
  });
  try {
    checkNames(model, session, modelOutputs);
  } catch (error) {
    await session.release();
    throw error;
  }
  const fixedBatch = fixedBatchSize(session, model.manifest.input.name);

  async function run(pixels: Uint8Array, n: number, height: number, width: number) {
    checkSize(model.manifest, pixels, n, height, width);
    const imageBytes = height * width * CHANNELS;
    const batch = fixedBatch ?? (device === "cpu" ? Math.min(n, CPU_BATCH) : n);
    const embeddings: Embeddings = {};
    for (const { name, dimensions } of modelOutputs)
      embeddings[name] = new Float32Array(n * dimensions);
    for (let first = 0; first < n; first += batch) {
      if (first > 0) await setImmediate();
      const count = Math.min(batch, n - first);
      let part = pixels.subarray(first * imageBytes, (first + count) * imageBytes);
      if (count < batch) {
        const padded = new Uint8Array(batch * imageBytes);
        padded.set(part);
        part = padded;
      }
      const results = await infer(part, batch, height, width);
      for (const { name, dimensions } of modelOutputs) {
        const values = valuesOf(results, name, batch * dimensions);
        embeddings[name]?.set(values.subarray(0, count * dimensions), first * dimensions);
      }
    }
    for (const { name, dimensions } of modelOutputs)
      normalizeRows(embeddings[name] ?? new Float32Array(), dimensions, `${model.file}: ${name}`);
    return embeddings;
  }

  async function infer(pixels: Uint8Array, n: number, height: number, width: number) {
    const feeds = {
      [model.manifest.input.name]: inputTensor(model.manifest, pixels, n, height, width),
    };
    try {
      return await session.run(
        feeds,
        modelOutputs.map((modelOutput) => modelOutput.name),
      );
    } catch (cause) {
      throw new EngineError(
        "MODEL_INVALID",
        `The model ${model.file} failed on ${n} images of ${width} x ${height} on ${device}: ${oneLine(cause)}`,
        { cause },
      );
    }
  }

  /** One output's values in ONNX Runtime's memory; valid until the next batch. */
  function valuesOf(results: InferenceSession.ReturnType, name: string, length: number) {
    const values = results[name]?.data;
    if (values instanceof Float32Array && values.length === length) return values;
    throw new EngineError(
      "MODEL_INVALID",
      `The output "${name}" of ${model.file} is ${describe(results[name])}, not ${length} float32 numbers: ` +
        `correct "dimensions" in its manifest.`,
    );
  }

  return { device, run, release: () => session.release() };
}

function checkNames(
  { file, manifest }: LoadedModel,
  session: InferenceSession,
  modelOutputs: readonly ModelOutput[],
): void {
  const [inputs, outputs] = [session.inputNames, session.outputNames];
  const missing = (what: string, name: string, names: readonly string[]) =>
    new EngineError(
      "MODEL_INVALID",
      `The model ${file} has no ${what} "${name}": its manifest must name one of ${names.join(", ")}.`,
    );
  if (!inputs.includes(manifest.input.name)) throw missing("input", manifest.input.name, inputs);
  for (const { name } of modelOutputs)
    if (!outputs.includes(name)) throw missing("output", name, outputs);
}

/** The graph's fixed batch size, or `undefined` when it accepts any. */
function fixedBatchSize(session: InferenceSession, input: string): number | undefined {
  const value = session.inputMetadata.find((metadata) => metadata.name === input);
  const first = value?.isTensor ? value.shape[0] : undefined;
  return typeof first === "number" ? first : undefined;
}

function checkSize(
  { name, input }: ModelManifest,
  pixels: Uint8Array,
  n: number,
  height: number,
  width: number,
): void {
  if (pixels.length !== n * height * width * CHANNELS)
    throw new RangeError(
      `Expected ${n} x ${height} x ${width} x ${CHANNELS} bytes of pixels but received ${pixels.length}.`,
    );
  if (!input.anySize && (height !== input.height || width !== input.width))
    throw new RangeError(
      `Expected images of ${input.width} x ${input.height} for ${name} but received ${width} x ${height}.`,
    );
}

function inputTensor(
  { input }: ModelManifest,
  pixels: Uint8Array,
  n: number,
  height: number,
  width: number,
): Tensor {
  const channelsFirst = input.layout === "NCHW";
  const shape = channelsFirst ? [n, CHANNELS, height, width] : [n, height, width, CHANNELS];
  if (input.type === "uint8" && !channelsFirst) return new Tensor("uint8", pixels, shape);

  const tables = Array.from({ length: CHANNELS }, (_, channel) => valueTable(input, channel));
  const values =
    input.type === "uint8" ? new Uint8Array(pixels.length) : new Float32Array(pixels.length);
  const plane = height * width;
  for (let image = 0; image < n; image++)
    for (let channel = 0; channel < CHANNELS; channel++) {
      const table = tables[channel] ?? [];
      let from = image * plane * CHANNELS + channel;
      let to = channelsFirst ? (image * CHANNELS + channel) * plane : from;
      const step = channelsFirst ? 1 : CHANNELS;
      for (let pixel = 0; pixel < plane; pixel++, from += CHANNELS, to += step)
        values[to] = table[pixels[from] ?? 0] ?? 0;
    }
  return values instanceof Uint8Array
    ? new Tensor("uint8", values, shape)
    : new Tensor("float32", values, shape);
}

/** Maps a channel's 256 pixel values to input values: unchanged for uint8, else `(value / 255 - mean) / std`. */
function valueTable(input: ModelManifest["input"], channel: number): number[] {
  const [mean, std] = [input.mean[channel] ?? 0, input.std[channel] ?? 1];
  return Array.from({ length: 256 }, (_, value) =>
    input.type === "uint8" ? value : (value / 255 - mean) / std,
  );
}

/**
 * Divides each row of a row-major `[n, dimensions]` matrix by its Euclidean norm, in place. Skips rows of unit length.
 * @throws EngineError `MODEL_INVALID` when a number is not finite
 */
function normalizeRows(values: Float32Array, dimensions: number, source: string): void {
  for (let start = 0; start < values.length; start += dimensions) {
    const row = values.subarray(start, start + dimensions);
    let squared = 0;
    for (const value of row) squared += value * value;
    if (!Number.isFinite(squared))
      throw new EngineError(
        "MODEL_INVALID",
        `${source} has numbers that are not finite for image ${start / dimensions} of the batch: ` +
          "check the model and its manifest's mean and std.",
      );
    if (squared === 0 || Math.abs(squared - 1) <= UNIT_TOLERANCE) continue;
    const scale = 1 / Math.sqrt(squared);
    for (let i = 0; i < dimensions; i++) row[i] = (row[i] ?? 0) * scale;
  }
}

function describe(value: InferenceSession.ReturnType[string] | undefined): string {
  return value === undefined ? "missing" : `${value.type} [${value.dims.join(", ")}]`;
}

/** The first line of an error's message, without the stack that ONNX Runtime appends. */
function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split("\n", 1)[0] ?? message;
}
