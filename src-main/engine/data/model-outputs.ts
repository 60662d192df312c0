import type { Project } from "./project-file.ts";

/** Id of a model's output in the project; `undefined` if nothing was ever embedded with it. */
export function modelOutputId(
  { database }: Project,
  modelSha256: string,
  name: string,
): number | undefined {
  return database
    .prepare<[string, string], number>("SELECT id FROM responses WHERE model = ? AND name = ?")
    .pluck()
    .get(modelSha256, name);
}

/** Ids of a model's outputs in the project, in the order of `names`; creates those that are missing. */
export function modelOutputIds(
  { database }: Project,
  modelSha256: string,
  names: readonly string[],
): number[] {
  const upsert = database
    .prepare<[string, string], number>(
      `INSERT INTO responses (model, name) VALUES (?, ?)
       ON CONFLICT (model, name) DO UPDATE SET name = excluded.name RETURNING id`,
    )
    .pluck();
  return names.map((name) => {
    const id = upsert.get(modelSha256, name);
    if (id === undefined) throw new Error("SQLite returned no model output id");
    return id;
  });
}
