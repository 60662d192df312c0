import { availableParallelism } from "node:os";
import { EngineError } from "../../../contract/errors.ts";
import type { ScanRecord } from "../../data/settings.ts";
import { decodeImage } from "../../scan/decode/decode.ts";
import { UnreadableImageError } from "../../scan/decode/unreadable-image-error.ts";
import { type Embedder, openEmbedder } from "../../scan/embed/embedder.ts";
import {
  DEFAULT_MODEL,
  type LoadedModel,
  loadModel,
  type ModelOutput,
} from "../../scan/embed/manifest.ts";

/** How long a model stays in memory after its last image. */
const KEPT_MS = 60_000;

interface OpenModel {
  readonly sha256: string;
  readonly modelOutput: string;
  readonly model: LoadedModel;
  readonly embedder: Embedder;
}

/** Embeds images from outside a project with the project's model, which is loaded on first use and released when idle. */
export class PictureEmbedder {
  #open: OpenModel | undefined;
  /** Serializes calls, because sessions are opened and released between them. */
  #last: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  /** @param signal aborts when the engine stops: ONNX Runtime crashes a process that exits with an open session */
  constructor(signal?: AbortSignal) {
    signal?.addEventListener("abort", () => void this.release());
  }

  /**
   * @param bytes an image file in any format that a scan reads
   * @returns the model output's unit vector
   * @throws EngineError USAGE when the bytes are not an image; MODEL_INVALID when the project's model no longer exists
   */
  embed(bytes: Buffer, record: ScanRecord, modelOutput: ModelOutput): Promise<Float32Array> {
    return this.#inTurn(async () => {
      clearTimeout(this.#timer);
      try {
        const { model, embedder } = await this.#opened(record, modelOutput);
        const image = await decodeImage(bytes, model.manifest.input).catch(refuse);
        const { pixels, inputWidth, inputHeight } = image;
        const outputs = await embedder.run(pixels, 1, inputHeight, inputWidth);
        const vector = outputs[modelOutput.name];
        if (!vector) throw new Error(`The embedder returned no model output ${modelOutput.name}`);
        return vector;
      } finally {
        this.#timer = setTimeout(() => void this.release(), KEPT_MS).unref();
      }
    });
  }

  /** Unloads the model. */
  release(): Promise<void> {
    return this.#inTurn(() => this.#close());
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#last.then(task);
    this.#last = done.catch(() => {});
    return done;
  }

  async #opened(record: ScanRecord, modelOutput: ModelOutput): Promise<OpenModel> {
    const { sha256 } = record.model;
    const open = this.#open;
    if (open?.sha256 === sha256 && open.modelOutput === modelOutput.name) return open;
    await this.#close();
    const model = await findModel(record);
    const embedder = await openEmbedder(model, {
      device: "cpu",
      threads: availableParallelism(),
      modelOutputs: [modelOutput],
    });
    this.#open = { sha256, modelOutput: modelOutput.name, model, embedder };
    return this.#open;
  }

  async #close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.embedder.release();
  }
}

/** The scan's model, from its path at that time or from the bundled file. */
async function findModel({ model: { sha256, file, manifest } }: ScanRecord): Promise<LoadedModel> {
  let failure: unknown;
  for (const candidate of file === undefined ? [DEFAULT_MODEL] : [file, DEFAULT_MODEL]) {
    try {
      const model = await loadModel(candidate);
      if (model.sha256 === sha256) return model;
    } catch (cause) {
      failure = cause;
    }
  }
  throw new EngineError(
    "MODEL_INVALID",
    `The model ${manifest.name} that the project was scanned with is gone or is another by now` +
      `${file === undefined ? "" : ` (${file})`}; put it back, or scan again.`,
    { cause: failure },
  );
}

function refuse(cause: unknown): never {
  if (!(cause instanceof UnreadableImageError)) throw cause;
  throw new EngineError("USAGE", `The picture cannot be read: ${cause.message}.`, { cause });
}
