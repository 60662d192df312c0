import { cutFigures } from "../analysis/cuts/cut-figures.ts";
import type { ProjectCache } from "../analysis/project/project-cache.ts";
import { clusterDetail } from "../review/cluster-detail.ts";
import { clusterPage } from "../review/cluster-page.ts";
import { answer } from "./answer.ts";
import { os } from "./implementer.ts";

/** Handlers of the contract's group `review`. */
export function reviewProcedures(projects: ProjectCache) {
  return {
    figures: os.review.figures.handler(({ input }) =>
      answer(input.project, () => {
        const opened = projects.open(input.project);
        return cutFigures(opened.cut(input), opened);
      }),
    ),

    histogram: os.review.histogram.handler(({ input }) =>
      answer(input.project, () =>
        projects.open(input.project).histogram(input.modelOutput, input.column),
      ),
    ),

    clusters: os.review.clusters.handler(({ input }) =>
      answer(input.project, () => {
        const opened = projects.open(input.project);
        return clusterPage(opened.cut(input), opened, input);
      }),
    ),

    cluster: os.review.cluster.handler(({ input }) =>
      answer(input.project, () => {
        const opened = projects.open(input.project);
        const cut = opened.cut(input);
        const cluster = cut.clusterOfImage(input.image);
        return cluster < 0 ? null : clusterDetail(cut, opened, cluster);
      }),
    ),
  };
}
