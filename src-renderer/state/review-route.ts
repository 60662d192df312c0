import {
  CLUSTER_SORTS,
  ClusterSort,
  type ParsedClusterFilter,
} from "../../src-main/contract/cut.ts";
import type { Threshold } from "../../src-main/contract/threshold.ts";
import { parseThreshold, thresholdArgument } from "../../src-main/text/thresholds.ts";
import {
  FILTER_PARAMETERS,
  filterFromParameters,
  filterToParameters,
} from "./filter-parameters.ts";
import { navigation, type Parameters } from "./navigation.svelte.ts";

/** The filter and sort order in the address, so that reloading and links keep them. */
export class ReviewRoute {
  get filter(): ParsedClusterFilter {
    return filterFromParameters(navigation.parameters);
  }

  get sort(): ClusterSort {
    return ClusterSort.catch(CLUSTER_SORTS[0]).parse(navigation.parameters.sort);
  }

  set(filter: ParsedClusterFilter, sort: ClusterSort): void {
    const none = Object.fromEntries(FILTER_PARAMETERS.map((name) => [name, null]));
    navigation.change({
      ...none,
      ...filterToParameters(filter),
      sort: sort === CLUSTER_SORTS[0] ? null : sort,
    });
  }
}

/** The threshold in the page's address; `null` if there is none or it is invalid. */
export function thresholdFrom({ threshold }: Parameters): Threshold | null {
  try {
    return threshold ? parseThreshold(threshold) : null;
  } catch {
    return null;
  }
}

/** The threshold as the page's address holds it; `null`, for no parameter, if it is the default. */
export function thresholdParameter(threshold: Threshold): string | null {
  return threshold.strategy === "auto" ? null : thresholdArgument(threshold);
}
