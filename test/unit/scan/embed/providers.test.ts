import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Embedder, ProviderDevice } from "../../../../src-main/engine/scan/embed/embedder.ts";
import { providerTrialIn } from "../../../../src-main/engine/scan/embed/provider-trial.ts";
import {
  chooseProvider,
  devices,
  obstacle,
  type ProviderHost,
  sampleBatch,
  thisHost,
} from "../../../../src-main/engine/scan/embed/providers.ts";
import { arithmeticManifest } from "../../../support/models.ts";

/** A Linux machine with every accelerator. */
const gpuHost: ProviderHost = {
  platform: "linux",
  arch: "x64",
  backends: ["cpu", "cuda", "webgpu", "dml", "coreml"],
  cudaLibrary: true,
  nvidiaDriver: true,
  renderNode: true,
};
const cpuHost = { ...gpuHost, cudaLibrary: false, nvidiaDriver: false, renderNode: false };

const sample = { pixels: new Uint8Array(2 * 12), n: 2, height: 2, width: 2 };
const expected = [0.6, 0.8, 0, 1];

type Behavior = { answer?: number[]; delay?: number } | Error;
let opened: ProviderDevice[];
let released: ProviderDevice[];
let milliseconds: number;
beforeEach(() => {
  opened = [];
  released = [];
  milliseconds = 0;
  vi.spyOn(performance, "now").mockImplementation(() => milliseconds);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Opens embedders that return two rows of two numbers. Devices without a behavior return the expected ones. */
function fakes(behaviors: Partial<Record<ProviderDevice, Behavior>> = {}) {
  return async (device: ProviderDevice): Promise<Embedder> => {
    opened.push(device);
    const behavior = behaviors[device] ?? {};
    if (behavior instanceof Error) throw behavior;
    return {
      device,
      async run() {
        milliseconds += behavior.delay ?? 2;
        return { embedding: Float32Array.from(behavior.answer ?? expected) };
      },
      async release() {
        released.push(device);
      },
    };
  };
}

describe("choosing a provider automatically", () => {
  test("takes the best one that agrees with the CPU and releases the CPU's session", async () => {
    const choice = await chooseProvider("auto", { open: fakes(), sample, host: gpuHost });
    expect(choice.embedder.device).toBe("cuda");
    expect(choice.fallbacks).toEqual([]);
    expect(opened).toEqual(["cpu", "cuda"]);
    expect(released).toEqual(["cpu"]);
  });

  test("accepts the rounding of half precision", async () => {
    const open = fakes({ cuda: { answer: [0.601, 0.799, 0.001, 0.9999] } });
    expect((await chooseProvider("auto", { open, sample, host: gpuHost })).embedder.device).toBe(
      "cuda",
    );
  });

  test("skips one that throws and reports its reason", async () => {
    const open = fakes({ cuda: new Error("libcudnn.so.9 not found") });
    const { embedder, fallbacks } = await chooseProvider("auto", { open, sample, host: gpuHost });
    expect(embedder.device).toBe("webgpu");
    expect(fallbacks).toEqual([{ device: "cuda", reason: "libcudnn.so.9 not found" }]);
  });

  test.each([
    ["other numbers", [0.6, 0.8, 0.8, 0.6], "its results differ from the CPU's (cosine 0.6000"],
    ["NaN", [0.6, 0.8, Number.NaN, 1], "its results differ from the CPU's (cosine NaN"],
    ["too few numbers", [0.6, 0.8], 'its output "embedding" has another size than the CPU\'s'],
  ])("skips one that returns %s and releases its session", async (_, answer, reason) => {
    const open = fakes({ cuda: { answer }, webgpu: { answer } });
    const { embedder, fallbacks } = await chooseProvider("auto", { open, sample, host: gpuHost });
    expect(embedder.device).toBe("cpu");
    expect(fallbacks.map(({ device }) => device)).toEqual(["cuda", "webgpu"]);
    expect(fallbacks[0]?.reason).toContain(reason);
    expect(released).toEqual(["cuda", "webgpu"]);
  });

  test("skips one that is far slower than the CPU", async () => {
    const open = fakes({ cuda: { delay: 100 } });
    const { embedder, fallbacks } = await chooseProvider("auto", { open, sample, host: gpuHost });
    expect(embedder.device).toBe("webgpu");
    expect(fallbacks[0]?.reason).toBe(
      "it is slower than the CPU (100 ms per batch, the CPU takes 2 ms)",
    );
  });

  test("opens only the CPU on a machine without accelerators", async () => {
    const { embedder, fallbacks } = await chooseProvider("auto", {
      open: fakes(),
      sample,
      host: cpuHost,
    });
    expect(embedder.device).toBe("cpu");
    expect(opened).toEqual(["cpu"]);
    expect(fallbacks).toEqual([
      { device: "cuda", reason: "no NVIDIA driver found" },
      { device: "webgpu", reason: "no GPU found (no render node in /dev/dri)" },
    ]);
  });

  test.each([
    ["win32", "directml"],
    ["darwin", "coreml"],
  ] as const)("on %s tries %s first", async (platform, device) => {
    const host = { ...gpuHost, platform };
    const { embedder } = await chooseProvider("auto", { open: fakes(), sample, host });
    expect(embedder.device).toBe(device);
  });

  test("fails when the model does not run on the CPU either", async () => {
    const open = fakes({ cpu: new Error("not a model") });
    for (const host of [cpuHost, gpuHost])
      await expect(chooseProvider("auto", { open, sample, host })).rejects.toThrow("not a model");
  });
});

describe("a provider selected by name", () => {
  test("is used, however slow", async () => {
    const open = fakes({ webgpu: { delay: 30 } });
    const { embedder } = await chooseProvider("webgpu", { open, sample, host: gpuHost });
    expect(embedder.device).toBe("webgpu");
    expect(released).toEqual(["cpu"]);
  });

  test("is an error when it cannot be used", async () => {
    const open = fakes({ cuda: new Error("out of memory") });
    await expect(chooseProvider("cuda", { open, sample, host: gpuHost })).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: "The device cuda cannot be used: out of memory. Choose another device, or auto.",
    });
    expect(released).toEqual(["cpu"]);
    await expect(chooseProvider("coreml", { open, sample, host: gpuHost })).rejects.toThrow(
      "only on macOS, this is linux",
    );
  });

  test("the CPU needs no comparison", async () => {
    await chooseProvider("cpu", { open: fakes(), sample, host: gpuHost });
    expect(opened).toEqual(["cpu"]);
  });
});

test("devices lists every provider and why it is unavailable", async () => {
  const open = fakes({ webgpu: new Error("No supported adapters") });
  expect(await devices({ open, sample, host: { ...gpuHost, cudaLibrary: false } })).toEqual([
    { device: "cpu", available: true, reason: null },
    {
      device: "cuda",
      available: false,
      reason: "its libraries are not installed; run npm run cuda:install",
    },
    { device: "directml", available: false, reason: "available only on Windows, this is linux" },
    { device: "coreml", available: false, reason: "available only on macOS, this is linux" },
    { device: "webgpu", available: false, reason: "No supported adapters" },
  ]);
  expect(opened).toEqual(released.concat("webgpu").toSorted());
});

test("a provider that ONNX Runtime does not include is not tried", () => {
  const host = { ...gpuHost, arch: "arm64" as const, backends: ["cpu", "webgpu"] };
  expect(obstacle("cuda", host)).toBe("ONNX Runtime for linux arm64 does not include it");
  expect(obstacle("webgpu", host)).toBeNull();
});

test("the current machine's properties are detected", () => {
  expect(thisHost()).toMatchObject({ platform: process.platform, arch: process.arch });
  expect(thisHost().backends).toContain("cpu");
});

test("the sample is always the same and its images differ", () => {
  const { pixels, n, width, height } = sampleBatch(arithmeticManifest({ width: 16, height: 8 }));
  expect(sampleBatch(arithmeticManifest({ width: 16, height: 8 })).pixels).toEqual(pixels);
  const images = Array.from({ length: n }, (_, i) =>
    pixels.subarray(i * width * height * 3, (i + 1) * width * height * 3).join(),
  );
  expect(new Set(images).size).toBe(n);
});

describe("a provider that crashed the process", () => {
  function withFolder(action: (folder: string) => Promise<void>) {
    const folder = mkdtempSync(path.join(os.tmpdir(), "twinlens-trial-"));
    return action(folder).finally(() => rmSync(folder, { recursive: true }));
  }

  test("twice is tried again only by name, and then trusted again", () =>
    withFolder(async (folder) => {
      const trial = providerTrialIn(folder);
      const request = { open: fakes(), sample, host: gpuHost, trial };
      writeFileSync(path.join(folder, "trying-cuda"), ".");
      expect(trial.crashedBefore("cuda")).toBe(false);
      writeFileSync(path.join(folder, "trying-cuda"), "..");

      const choice = await chooseProvider("auto", request);
      expect(choice.embedder.device).toBe("webgpu");
      expect(choice.fallbacks[0]?.reason).toContain("it crashed the program");

      expect((await chooseProvider("cuda", request)).embedder.device).toBe("cuda");
      expect((await chooseProvider("auto", request)).embedder.device).toBe("cuda");
      expect(readdirSync(folder)).toEqual([]);
    }));

  test("is marked while it is tried, and not after an ordinary error", () =>
    withFolder(async (folder) => {
      const marker = path.join(folder, "new", "trying-cuda");
      const trial = providerTrialIn(path.dirname(marker));
      const failing = trial.run("cuda", async () => {
        expect(existsSync(marker)).toBe(true);
        throw new Error("refused");
      });
      await expect(failing).rejects.toThrow("refused");
      expect(existsSync(marker)).toBe(false);
    }));
});
