import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { EngineError } from "../../../contract/errors.ts";
import { ModelManifest } from "../../../contract/model-manifest.ts";
import { parseBoundedJson } from "../../../text/bounded-json.ts";
import { readBounded } from "../../../text/read-bounded.ts";

export const DEFAULT_MODEL = "twinlens-v3-small";

/** Selects every output of the model. */
export const ALL_OUTPUTS = "all";

export interface LoadedModel {
  /** Absolute path of the ONNX file. */
  readonly file: string;
  /** SHA-256 of the ONNX file in hex. Embeddings are stored per model digest and image content. */
  readonly sha256: string;
  readonly manifest: ModelManifest;
}

/** A model output that images are compared by. */
export type ModelOutput = ModelManifest["outputs"][number];

/**
 * Reads a model's manifest and digest. The embedder opens the graph itself.
 * @param nameOrFile name of a bundled model, or path of an `.onnx` file with its `.json` manifest in the same folder
 * @throws EngineError `MODEL_INVALID` when a file is missing, the manifest violates its schema, or the graph has another
 *   digest than the manifest says
 */
export async function loadModel(nameOrFile: string = DEFAULT_MODEL): Promise<LoadedModel> {
  const manifestFile = await findManifest(nameOrFile);
  const manifest = await readManifest(manifestFile);
  const file = path.join(path.dirname(manifestFile), manifest.file);
  const graph = await readFile(file).catch((cause: unknown) => {
    throw invalid(
      `Cannot read the model ${file}: check that the file exists and is readable.`,
      cause,
    );
  });
  const sha256 = createHash("sha256").update(graph).digest("hex");
  if (manifest.sha256 !== undefined && manifest.sha256 !== sha256)
    throw invalid(
      `${file} is not the model that ${manifestFile} describes (SHA-256 ${sha256}, expected ` +
        `${manifest.sha256}): copy the two together again, or correct "sha256" if you changed the model.`,
    );
  return { file, sha256, manifest };
}

/**
 * Selects the outputs to compare by, in the manifest's order.
 * @param names output names, `all` for every output, or empty for the model's first
 * @throws EngineError `MODEL_INVALID` when the model has no output with one of the names
 */
export function selectOutputs(manifest: ModelManifest, names: readonly string[]): ModelOutput[] {
  const known = manifest.outputs.map((output) => output.name);
  const unknown = names.find((name) => name !== ALL_OUTPUTS && !known.includes(name));
  if (unknown !== undefined)
    throw invalid(
      `The model ${manifest.name} has no output "${unknown}": choose from ${known.join(", ")} or ${ALL_OUTPUTS}.`,
    );
  if (names.length === 0) return manifest.outputs.slice(0, 1);
  if (names.includes(ALL_OUTPUTS)) return manifest.outputs;
  return manifest.outputs.filter((output) => names.includes(output.name));
}

/** Path of an `.onnx` file's manifest. */
export function manifestBeside(file: string): string {
  return `${file.slice(0, -".onnx".length)}.json`;
}

async function findManifest(nameOrFile: string): Promise<string> {
  if (isFileName(nameOrFile)) {
    const file = path.resolve(nameOrFile);
    if (!file.endsWith(".onnx"))
      throw invalid(`${file} is not an ONNX model: give a file that ends in .onnx.`);
    if (!existsSync(file)) throw invalid(`There is no model at ${file}: check the path.`);
    const manifestFile = manifestBeside(file);
    if (!existsSync(manifestFile))
      throw invalid(
        `The model ${file} has no manifest: write ${manifestFile} to describe its input and outputs ` +
          `(models/${DEFAULT_MODEL}.json is an example).`,
      );
    return manifestFile;
  }
  const folder = bundledModelFolder();
  const manifestFile = path.join(folder, `${nameOrFile}.json`);
  if (existsSync(manifestFile)) return manifestFile;
  const entries = await readdir(folder).catch(() => []);
  const names = entries
    .filter((entry) => entry.endsWith(".onnx"))
    .map((entry) => entry.slice(0, -5));
  throw invalid(
    `There is no bundled model "${nameOrFile}": choose from ${names.sort().join(", ") || "none here"}, ` +
      "or give the path of an .onnx file.",
  );
}

/** Whether the text is the path of a model file rather than a bundled model's name. */
export const isFileName = (text: string) => /[\\/]/.test(text) || text.endsWith(".onnx");

/** The package's `models/` folder, for both source and compiled code. */
function bundledModelFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, "package.json")) && folder !== path.dirname(folder))
    folder = path.dirname(folder);
  return path.join(folder, "models");
}

const MOST_MANIFEST_BYTES = 4 * 1024 ** 2;

async function readManifest(file: string): Promise<ModelManifest> {
  let json: unknown;
  try {
    json = parseBoundedJson((await readBounded(file, MOST_MANIFEST_BYTES)).toString("utf8"));
  } catch (cause) {
    const why = cause instanceof RangeError ? ` (${cause.message})` : "";
    throw invalid(`The manifest ${file} is not readable JSON${why}: correct or replace it.`, cause);
  }
  const parsed = ModelManifest.safeParse(json);
  if (!parsed.success)
    throw invalid(
      `The manifest ${file} does not follow twinlens.model/1: correct it ` +
        `(${z.prettifyError(parsed.error).replaceAll(/\s+/g, " ")}).`,
    );
  return parsed.data;
}

function invalid(message: string, cause?: unknown): EngineError {
  return new EngineError("MODEL_INVALID", message, { cause });
}
