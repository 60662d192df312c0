import { createORPCClient, ORPCError } from "@orpc/client";
import type { EngineClient, RunningEngine } from "../../src-main/engine-client/engine-client.ts";

/** Fake procedures by path, such as `project.open`. */
export type Answers = Readonly<
  // biome-ignore lint/suspicious/noExplicitAny: each answer declares the type of its own input, as the contract does for the real engine
  Record<string, (input: any, signal: AbortSignal | undefined) => unknown>
>;

/** A client with fake procedures. Calls to any other procedure fail. */
export function fakeEngine(answers: Answers): EngineClient {
  return createORPCClient({
    call: async (path, input, { signal }) => {
      const answer = answers[path.join(".")];
      if (!answer) throw new ORPCError("NOT_FOUND", { message: `No fake of ${path.join(".")}` });
      return answer(input, signal);
    },
  });
}

/** An engine that ends on request, like a crashed process. */
export function fakeHost(answers: Answers): RunningEngine & { crash(how: string): void } {
  const { promise: crashed, resolve: crash } = Promise.withResolvers<string>();
  return {
    client: fakeEngine(answers),
    crashed,
    crash,
    [Symbol.asyncDispose]: async () => {},
  };
}

/** The result of `project.open` for a project with these splits. */
export function openedProject(project: string, splits: Readonly<Record<string, string>>) {
  return {
    project,
    key: "abc123",
    name: "pets",
    splits: Object.entries(splits).map(([name, root]) => ({
      name,
      root,
      images: 1,
      unreadable: 0,
      protected: false,
      present: true,
    })),
    labels: [],
    modelOutputs: ["embedding"],
    model: {
      name: "model",
      sha256: "0".repeat(64),
      dimensions: 8,
      device: "cpu",
      fallbacks: [],
      auto: null,
      calibrated: true,
    },
    neighbors: { k: 10, method: "exact", recall: 1 },
    seconds: { walk: 0, embed: 0, neighbors: 0, evidence: 0, total: 0 },
    request: null,
  };
}
