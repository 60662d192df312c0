/**
 * Decodes mutated images in a process of their own, as the engine does: none may crash it, hang it or fill its memory.
 *
 *     node test/bench/fuzz-images.ts [--files 10000] [--seed 1] [--keep DIR]
 *
 * Each file is a small image in one of the supported formats, with flipped bits, a cut end, shuffled or repeated blocks,
 * overwritten stretches or size fields that lie. The same seed makes the same files. `--keep` writes those that failed.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "../../src-main/engine/demo/seeded-random.ts";
import type { Progress, Reply } from "./fuzz-decoder.ts";
import { mutated } from "./fuzz-mutations.ts";
import { seedImages } from "./fuzz-seeds.ts";

const { values } = parseArgs({
  options: {
    files: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    keep: { type: "string" },
  },
});
const files = Number(values.files);
const seed = Number(values.seed);

/** A step of a file that takes longer counts as a hang. */
const MAX_MS = 10_000;
const EXPECTED_ERROR = "UnreadableImageError";
const KIB_PER_MIB = 1024;

function startDecoder(): ChildProcess {
  const program = new URL("./fuzz-decoder.ts", import.meta.url);
  return fork(program, {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}

/** Most memory that a process has had, in MiB. Linux only. */
function mostMemory({ pid }: ChildProcess): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / KIB_PER_MIB);
  } catch {
    return 0; // The process has ended.
  }
}

/** What became of a file. */
function sent(decoder: ChildProcess, bytes: Buffer): Promise<Reply | "crashed" | "hung"> {
  const { promise, resolve } = Promise.withResolvers<Reply | "crashed" | "hung">();
  let step = { name: "", began: performance.now() };
  const hung = () => resolve("hung");
  const crashed = () => resolve("crashed");
  let timer = setTimeout(hung, MAX_MS);
  const onMessage = (message: Reply | Progress) => {
    const now = performance.now();
    if (now - step.began > slowest.ms) slowest = { ms: now - step.began, step: step.name, bytes };
    if (!("step" in message)) return resolve(message);
    step = { name: message.step, began: now };
    clearTimeout(timer);
    timer = setTimeout(hung, MAX_MS);
  };
  decoder.on("message", onMessage).once("exit", crashed);
  decoder.send(bytes);
  return promise.finally(() => {
    clearTimeout(timer);
    decoder.off("message", onMessage).off("exit", crashed);
  });
}

let slowest: { ms: number; step: string; bytes: Uint8Array } = {
  ms: 0,
  step: "",
  bytes: Buffer.alloc(0),
};
const images = [...(await seedImages())];
const outcomes = new Map<string, Map<string, number>>();
const reasons = new Map<string, number>();
const failures: string[] = [];
const base = { memory: 0, decoded: 0 };
let memory = 0;
let slowestFile = "";
let decoder = startDecoder();
const began = performance.now();
for (const [name, image] of images) {
  const reply = await sent(decoder, image);
  if (typeof reply === "string" || reply.outcome !== "read")
    console.log(`The unchanged ${name} is not read: ${JSON.stringify(reply)}`);
  else base.decoded++;
}
base.memory = mostMemory(decoder);
for (let index = 0; index < files; index++) {
  const [name = "", image = Buffer.alloc(0)] = images[index % images.length] ?? [];
  const bytes = mutated(image, seededRandom(seed, index));
  const reply = await sent(decoder, bytes);
  if (slowest.bytes === bytes) slowestFile = `${index} (${name})`;
  memory = Math.max(memory, mostMemory(decoder));
  const outcome = typeof reply === "string" ? reply : reply.outcome;
  const isUnexpected =
    typeof reply === "string" || (reply.outcome === "unreadable" && reply.error !== EXPECTED_ERROR);
  if (isUnexpected) {
    failures.push(`${index} (${name}): ${JSON.stringify(reply)}`);
    if (values.keep !== undefined) {
      mkdirSync(values.keep, { recursive: true });
      writeFileSync(join(values.keep, `${seed}-${index}.${name.split(" ")[0]}`), bytes);
    }
  }
  if (typeof reply === "string") {
    decoder.kill("SIGKILL");
    decoder = startDecoder();
  } else if (reply.reason !== undefined) {
    const reason = reply.reason.replaceAll(/\d+/g, "N");
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const counts = outcomes.get(name) ?? new Map<string, number>();
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  outcomes.set(name, counts);
}
const exited = once(decoder, "exit");
decoder.disconnect();
const kill = setTimeout(() => {
  failures.push("The decoder did not end by itself.");
  decoder.kill("SIGKILL");
}, MAX_MS);
await exited;
clearTimeout(kill);

console.table(
  Object.fromEntries(Array.from(outcomes, ([name, counts]) => [name, Object.fromEntries(counts)])),
);
const common = [...reasons].sort(([, a], [, b]) => b - a).slice(0, 20);
for (const [reason, count] of common) console.log(`${count} x ${reason}`);
const seconds = Math.round((performance.now() - began) / 1000);
console.log(`${base.decoded} of ${images.length} unchanged images were read.`);
console.log(`${files} mutated images, seed ${seed}, ${seconds} s.`);
console.log(`Slowest step: ${slowest.step} of ${slowestFile}, ${Math.round(slowest.ms)} ms.`);
console.log(`Most memory: ${memory} MiB (${base.memory} MiB for the unchanged images).`);
console.log(`Crashes, hangs and unexpected errors: ${failures.length}.`);
for (const failure of failures.slice(0, 20)) console.log(`  ${failure}`);
if (failures.length > 0) process.exitCode = 1;
