import { z } from "zod";

/**
 * How pairs of duplicates become clusters.
 * - `cohesive`: what pairs connect is one cluster, but for two groups that a single pair joins which nothing else supports
 * - `closure`: whatever pairs connect is one cluster, as in DNIKit; such a pair is shown as its weakest link
 *
 * Leaks count pairs, so they are the same under both.
 */
export const GROUPINGS = ["cohesive", "closure"] as const;
export const Grouping = z.enum(GROUPINGS);
export type Grouping = z.infer<typeof Grouping>;

/** Measured by `test/bench/planted-clusters.ts`: see the decisions in CONTRIBUTING.md. */
export const DEFAULT_GROUPING: Grouping = "cohesive";
