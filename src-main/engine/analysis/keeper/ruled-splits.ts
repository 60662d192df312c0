import type { ProjectView } from "../../data/project-view.ts";

/**
 * The splits as keeper rules see them: a protected one keeps all of its images. So does a root with folders named like splits until a
 * person confirms that it is one split, because a rule would choose between train and test without knowing.
 */
export function ruledSplits(view: Pick<ProjectView, "splits" | "layout">): ProjectView["splits"] {
  if (!isUnconfirmed(view)) return view.splits;
  return view.splits.map((split) => ({ ...split, protected: true }));
}

/** Whether a root with folders or lists named like splits was scanned as one split, and nobody confirmed that. */
export function isUnconfirmed({ layout }: Pick<ProjectView, "layout">): boolean {
  return layout.splitLike.length > 0 && !layout.oneSplit;
}
