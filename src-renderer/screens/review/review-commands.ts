import type { Command } from "../../state/commands.svelte.ts";
import { preferences, TILE_SIZES } from "../../state/preferences.svelte.ts";
import { nextSize } from "../../ui/selection.ts";
import { FINE_STEP, limitOf, measureOf, STEP, thresholdAt } from "../../ui/threshold-bar/scale.ts";
import type { Review } from "./review.svelte.ts";

/** Everything that the review does by key. */
export function reviewCommands(review: Review): Command[] {
  const { workspace } = review;
  const open = () => review.opening || review.detail !== null;
  const focused = () => review.opening || review.focusedImage !== null;
  /** Right is where pairs are accepted more sparingly, for every measure but distance. */
  const moveThreshold = (by: number) => {
    const value = limitOf(workspace.threshold, workspace.figures?.threshold ?? null);
    if (value !== null) {
      workspace.threshold = thresholdAt(measureOf(workspace.threshold), value + by);
    }
  };
  return [
    {
      id: "next-cluster",
      title: "Next cluster",
      group: "Clusters",
      keys: ["ArrowDown", "J"],
      repeats: true,
      run: () => review.move(1),
    },
    {
      id: "previous-cluster",
      title: "Previous cluster",
      group: "Clusters",
      keys: ["ArrowUp", "K"],
      repeats: true,
      run: () => review.move(-1),
    },
    {
      id: "next-image",
      title: "Next image",
      group: "Clusters",
      keys: ["ArrowRight", "L"],
      repeats: true,
      keyOnly: true,
      run: () => review.whenOpen(() => review.focusBy(1)),
    },
    {
      id: "previous-image",
      title: "Previous image",
      group: "Clusters",
      keys: ["ArrowLeft", "H"],
      repeats: true,
      keyOnly: true,
      run: () => review.whenOpen(() => review.focusBy(-1)),
    },
    {
      id: "image-number",
      title: "Image 1 to 9",
      group: "Clusters",
      keys: ["1-9"],
      keyOnly: true,
      run: (event) => review.whenOpen(() => review.focus(Number(event?.key) - 1)),
    },
    {
      id: "filter",
      title: "Filter by path",
      group: "Clusters",
      keys: ["/"],
      run: () => document.getElementById("cluster-filter-text")?.focus(),
    },
    {
      id: "toggle-remove",
      title: "Remove or keep the image",
      group: "Decide",
      keys: ["X"],
      enabled: focused,
      run: () => review.whenOpen(() => review.toggle()),
    },
    {
      id: "keep-only",
      title: "Keep only this image",
      group: "Decide",
      keys: ["Enter"],
      enabled: focused,
      run: () => review.whenOpen(() => review.keepOnly()),
    },
    {
      id: "keep-best",
      title: "Keep the best image",
      group: "Decide",
      keys: ["B"],
      enabled: open,
      run: () => review.whenOpen(() => review.keepBest()),
    },
    {
      id: "keep-all",
      title: "Keep all images of the cluster",
      group: "Decide",
      keys: ["A"],
      enabled: open,
      run: () => review.whenOpen(() => review.mark(review.images, "keep")),
    },
    {
      id: "not-duplicates",
      title: "Not duplicates",
      group: "Decide",
      keys: ["N"],
      enabled: () => review.opening || (review.focusedImage?.match != null && review.lost === null),
      run: () => review.whenOpen(() => review.notDuplicates()),
    },
    {
      id: "cluster-not-duplicates",
      title: "No duplicates in the cluster",
      group: "Decide",
      keys: ["Shift+N"],
      enabled: () => open() && review.lost === null,
      run: () => review.whenOpen(() => review.clusterNotDuplicates()),
    },
    {
      id: "split-cluster",
      title: "Split at the weakest link",
      group: "Decide",
      keys: ["S"],
      enabled: () => review.opening || ((review.detail?.size ?? 0) > 2 && review.lost === null),
      run: () => review.whenOpen(() => review.split()),
    },
    {
      id: "settle-label",
      title: "This image's label is right for all",
      group: "Decide",
      keys: ["T"],
      enabled: () => review.opening || (review.focusedImage?.label != null && review.lost === null),
      run: () =>
        review.whenOpen(() => {
          const label = review.focusedImage?.label;
          if (label != null) review.settleLabel(label);
        }),
    },
    {
      id: "other-label",
      title: "Another label is right…",
      group: "Decide",
      keys: ["Shift+T"],
      enabled: open,
      run: () =>
        review.whenOpen(() => {
          preferences.detailsShown = true;
          review.labeling = true;
        }),
    },
    {
      id: "compare",
      title: "Compare with its match",
      group: "Look",
      keys: ["C"],
      enabled: focused,
      run: () =>
        review.whenOpen(() => {
          review.overlay = "compare";
        }),
    },
    {
      id: "similar",
      title: "Similar to this",
      group: "Look",
      keys: ["F"],
      enabled: focused,
      run: () =>
        review.whenOpen(() => {
          review.overlay = "similar";
        }),
    },
    {
      id: "tile-size",
      title: "Size of the tiles",
      group: "Look",
      keys: ["G"],
      run: () => {
        preferences.tileSize = nextSize(preferences.tileSize, TILE_SIZES.steps);
      },
    },
    {
      id: "details",
      title: "Show or hide the details",
      group: "Look",
      keys: ["I"],
      run: () => {
        preferences.detailsShown = !preferences.detailsShown;
      },
    },
    {
      id: "threshold-down",
      title: "Lower the threshold",
      group: "Threshold",
      keys: ["["],
      repeats: true,
      run: (event) => moveThreshold(event?.shiftKey ? -FINE_STEP : -STEP),
    },
    {
      id: "threshold-up",
      title: "Raise the threshold",
      group: "Threshold",
      keys: ["]"],
      repeats: true,
      run: (event) => moveThreshold(event?.shiftKey ? FINE_STEP : STEP),
    },
    {
      id: "threshold-auto",
      title: "Automatic threshold",
      group: "Threshold",
      enabled: () => workspace.threshold.strategy !== "auto",
      run: () => {
        workspace.threshold = { strategy: "auto" };
      },
    },
  ];
}
