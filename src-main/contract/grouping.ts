import { z } from "zod";

/**
 * How pairs of duplicates become clusters.
 * - `cohesive`: connected images are one cluster, except that two groups joined by only one unsupported pair stay apart
 * - `closure`: connected images are one cluster, as in DNIKit; such a pair is shown as its weakest link
 *
 * Leaks are counted by pair and do not depend on the grouping.
 */
export const GROUPINGS = ["cohesive", "closure"] as const;
export const Grouping = z.enum(GROUPINGS);
export type Grouping = z.infer<typeof Grouping>;

/** Measured by `test/bench/planted-clusters.ts`: see the decisions in CONTRIBUTING.md. */
export const DEFAULT_GROUPING: Grouping = "cohesive";
