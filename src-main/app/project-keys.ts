import type { EngineClient } from "../engine-client/engine-client.ts";

/** Maps the keys in image addresses to project files, because addresses contain no paths. */
export class ProjectKeys {
  readonly #client: EngineClient;
  readonly #projects = new Map<string, string>();

  constructor(client: EngineClient) {
    this.#client = client;
  }

  /** Records every project with a key in an answer of the engine; other answers are ignored. */
  learn(answer: unknown): void {
    if (Array.isArray(answer)) for (const part of answer) this.learn(part);
    else if (isKeyed(answer)) this.#projects.set(answer.key, answer.project);
  }

  /** @returns `undefined` for an unknown key. */
  async project(key: string): Promise<string | undefined> {
    // After a restart, an open page requests images before it opens the project.
    if (!this.#projects.has(key)) this.learn(await this.#client.project.recent());
    return this.#projects.get(key);
  }
}

function isKeyed(value: unknown): value is { key: string; project: string } {
  const { key, project } = (value ?? {}) as { key?: unknown; project?: unknown };
  return typeof key === "string" && typeof project === "string";
}
