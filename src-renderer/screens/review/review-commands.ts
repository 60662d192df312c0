import { type Command, commandsOf } from "../../state/commands.svelte.ts";
import { preferences, TILE_SIZES } from "../../state/preferences.svelte.ts";
import { nextSize } from "../../ui/selection.ts";
import { FINE_STEP, limitOf, measureOf, STEP, thresholdAt } from "../../ui/threshold-bar/scale.ts";
import type { Review } from "./review.svelte.ts";

/** The review's commands. */
export function reviewCommands(review: Review): Command[] {
  const { workspace } = review;
  const open = () => review.opening || review.open.detail !== null;
  const focused = () => review.opening || review.open.focusedImage !== null;
  /** Moves the threshold by a step of its own measure. */
  const moveThreshold = (by: number) => {
    const value = limitOf(workspace.threshold, workspace.figures?.threshold ?? null);
    if (value !== null) {
      workspace.threshold = thresholdAt(measureOf(workspace.threshold), value + by);
    }
  };
  return commandsOf("review", {
    "next-cluster": () => review.move(1),
    "previous-cluster": () => review.move(-1),
    "next-image": () => review.whenOpen(() => review.open.focusBy(1)),
    "previous-image": () => review.whenOpen(() => review.open.focusBy(-1)),
    "image-number": (event) => review.whenOpen(() => review.open.focus(Number(event?.key) - 1)),
    filter: () => document.getElementById("cluster-filter-text")?.focus(),
    "toggle-remove": {
      enabled: focused,
      run: () => review.whenOpen(() => review.decisions.toggle()),
    },
    "keep-only": {
      enabled: focused,
      run: () => review.whenOpen(() => review.decisions.keepOnly()),
    },
    "keep-best": {
      enabled: open,
      run: () => review.whenOpen(() => review.decisions.keepBest()),
    },
    "keep-all": {
      enabled: open,
      run: () => review.whenOpen(() => review.decisions.keepAll()),
    },
    "not-duplicates": {
      enabled: () =>
        review.opening || (review.open.focusedImage?.match != null && review.open.lost === null),
      run: () => review.whenOpen(() => review.decisions.notDuplicates()),
    },
    "cluster-not-duplicates": {
      enabled: () => open() && review.open.lost === null,
      run: () => review.whenOpen(() => review.decisions.clusterNotDuplicates()),
    },
    "split-cluster": {
      enabled: () =>
        review.opening || ((review.open.detail?.size ?? 0) > 2 && review.open.lost === null),
      run: () => review.whenOpen(() => review.decisions.split()),
    },
    "settle-label": {
      enabled: () =>
        review.opening || (review.open.focusedImage?.label != null && review.open.lost === null),
      run: () =>
        review.whenOpen(() => {
          const label = review.open.focusedImage?.label;
          if (label != null) review.decisions.settleLabel(label);
        }),
    },
    "other-label": {
      enabled: open,
      run: () =>
        review.whenOpen(() => {
          preferences.detailsShown = true;
          review.open.labeling = true;
        }),
    },
    compare: {
      enabled: focused,
      run: () =>
        review.whenOpen(() => {
          review.overlay = "compare";
        }),
    },
    similar: {
      enabled: focused,
      run: () =>
        review.whenOpen(() => {
          review.overlay = "similar";
        }),
    },
    "tile-size": () => {
      preferences.tileSize = nextSize(preferences.tileSize, TILE_SIZES.steps);
    },
    details: () => {
      preferences.detailsShown = !preferences.detailsShown;
    },
    "threshold-down": (event) => moveThreshold(event?.shiftKey ? -FINE_STEP : -STEP),
    "threshold-up": (event) => moveThreshold(event?.shiftKey ? FINE_STEP : STEP),
    "threshold-auto": {
      enabled: () => workspace.threshold.strategy !== "auto",
      run: () => {
        workspace.threshold = { strategy: "auto" };
      },
    },
  });
}
