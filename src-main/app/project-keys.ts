import type { EngineClient } from "../engine-client/engine-client.ts";

/** Which project a picture's address means by its key: addresses hold no path. */
export class ProjectKeys {
  readonly #client: EngineClient;
  readonly #projects = new Map<string, string>();

  constructor(client: EngineClient) {
    this.#client = client;
  }

  /** Learns from what the engine answers; anything without a key is passed over. */
  learn(answer: unknown): void {
    if (Array.isArray(answer)) for (const part of answer) this.learn(part);
    else if (isKeyed(answer)) this.#projects.set(answer.key, answer.project);
  }

  /** @returns `undefined` for a key that no known project has. */
  async project(key: string): Promise<string | undefined> {
    // A page that was open before this program started asks for pictures before it asks for the project.
    if (!this.#projects.has(key)) this.learn(await this.#client.project.recent());
    return this.#projects.get(key);
  }
}

function isKeyed(value: unknown): value is { key: string; project: string } {
  const { key, project } = (value ?? {}) as { key?: unknown; project?: unknown };
  return typeof key === "string" && typeof project === "string";
}
