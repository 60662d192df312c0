import {
  ClusterFilter,
  type ClusterFilter as ClusterFilterInput,
  type ClusterSort,
  type ParsedClusterFilter,
} from "../../src-main/contract/cut.ts";
import type { Parameters } from "./navigation.svelte.ts";

/**
 * A filter as parameters of the address, without default values. Lists are JSON, because names can contain any
 * character.
 */
export function filterToParameters(filter: ClusterFilterInput): Parameters {
  const parameters: Record<string, string> = {};
  if (filter.acrossSplits) parameters.across = "1";
  if (filter.splitPair) parameters.splits = JSON.stringify(filter.splitPair);
  if (filter.kinds?.length) parameters.kinds = filter.kinds.join(",");
  if (filter.labels?.length) parameters.labels = JSON.stringify(filter.labels);
  if (filter.labelConflict) parameters.conflict = "1";
  if (filter.decided && filter.decided !== "any") parameters.decided = filter.decided;
  if (filter.minSize) parameters.min = String(filter.minSize);
  if (filter.maxSize) parameters.max = String(filter.maxSize);
  if (filter.text) parameters.text = filter.text;
  return parameters;
}

/** Parameters that show label conflicts, worst first. */
export const CONFLICT_QUEUE: Parameters = {
  ...filterToParameters({ labelConflict: true }),
  sort: "conflicts" satisfies ClusterSort,
};

/** Every parameter that a filter may use, for removing them. */
export const FILTER_PARAMETERS = [
  "across",
  "splits",
  "kinds",
  "labels",
  "conflict",
  "decided",
  "min",
  "max",
  "text",
] as const;

/** The inverse of {@link filterToParameters}. Invalid values are ignored. */
export function filterFromParameters(parameters: Parameters): ParsedClusterFilter {
  const { across, splits, kinds, labels, conflict, decided, min, max, text } = parameters;
  const parts = {
    acrossSplits: across === "1",
    splitPair: json(splits) ?? null,
    kinds: kinds?.split(",") ?? [],
    labels: json(labels) ?? [],
    labelConflict: conflict === "1",
    decided: decided ?? "any",
    minSize: min ? Number(min) : null,
    maxSize: max ? Number(max) : null,
    text: text ?? "",
  };
  return ClusterFilter.parse(
    Object.fromEntries(
      Object.entries(parts).filter(
        ([name, value]) =>
          ClusterFilter.shape[name as keyof ParsedClusterFilter].safeParse(value).success,
      ),
    ),
  );
}

function json(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
