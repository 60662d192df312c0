import { z } from "zod";

const STORAGE_KEY = "twinlens.preferences";

export const THEMES = ["system", "light", "dark"] as const;
/** Size of an image in the review, in pixels: limits, and the steps of the tile size key. */
export const TILE_SIZES = { least: 80, most: 480, steps: [120, 180, 260, 360] } as const;

const Stored = z.object({
  theme: z.enum(THEMES).catch("system"),
  tileSize: z.number().min(TILE_SIZES.least).max(TILE_SIZES.most).catch(180),
  listWidth: z.number().min(160).max(600).catch(264),
  detailsWidth: z.number().min(160).max(600).catch(280),
  detailsShown: z.boolean().catch(true),
  /** Folder where the browser's folder picker starts. */
  lastFolder: z.string().nullable().catch(null),
});
type Stored = z.infer<typeof Stored>;

function load(): Stored {
  try {
    return Stored.parse(JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}"));
  } catch {
    return Stored.parse({});
  }
}

/** Settings of this browser or window. Assign a property to change and save it. */
export const preferences: Stored = $state(load());

/** Saves changes and applies the theme. Call it once, from the root component. */
export function keepPreferences(): void {
  $effect(() => {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(preferences));
  });
  $effect(() => {
    const { theme } = preferences;
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  });
}
