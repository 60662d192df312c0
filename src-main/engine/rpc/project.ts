import { statSync } from "node:fs";
import type { ProjectInfo } from "../../contract/project.ts";
import { roundFigure } from "../../text/figures.ts";
import { reportedModel, reportedSplits } from "../analysis/figures/scan-facts.ts";
import type { LoadedProject } from "../analysis/project/loaded-project.ts";
import type { ProjectCache } from "../analysis/project/project-cache.ts";
import { projectKey, projectName } from "../data/project-name.ts";
import { readScanRequest, writeRootLayout } from "../data/settings.ts";
import { overviewOf } from "../review/overview.ts";
import { os } from "./implementer.ts";
import type { RecentProjects } from "./recent-projects.ts";

/** Handlers of the contract's group `project`. */
export function projectProcedures(projects: ProjectCache, recent: RecentProjects) {
  return {
    recent: os.project.recent.handler(() => recent.list()),

    forget: os.project.forget.handler(({ input }) => {
      recent.forget(input.project);
      return recent.list();
    }),

    open: os.project.open.handler(({ input }) => {
      const info = infoOf(projects.open(input.project));
      const { project, splits } = info;
      recent.add(
        { project, splits },
        splits.reduce((sum, { images }) => sum + images, 0),
      );
      return info;
    }),

    overview: os.project.overview.handler(({ input }) => {
      const opened = projects.open(input.project);
      return overviewOf(opened.cut(input), opened, opened.revision);
    }),

    confirmOneSplit: os.project.confirmOneSplit.handler(({ input }) => {
      const opened = projects.open(input.project);
      writeRootLayout(opened.project, { ...opened.view.layout, oneSplit: true });
      opened.forget();
      return {};
    }),
  };
}

function infoOf({ project, view, files }: LoadedProject): ProjectInfo {
  const { record } = view;
  const request = readScanRequest(project);
  const { walk, embed, neighbors, evidence, total } = record.seconds;
  return {
    project: project.file,
    key: projectKey(project.file),
    name: projectName(view.splits),
    splits: reportedSplits(view).map((split, index) => ({
      ...split,
      protected: view.splits[index]?.protected ?? false,
      present: statSync(split.root, { throwIfNoEntry: false })?.isDirectory() ?? false,
    })),
    labels: [...files.labels],
    modelOutputs: view.modelOutputs.map(({ name }) => name),
    model: {
      ...reportedModel(record),
      calibrated: record.model.manifest.calibration?.[record.modelOutputs[0] ?? ""] !== undefined,
    },
    neighbors: { ...record.neighbors, recall: roundFigure(record.neighbors.recall) },
    seconds: {
      walk: roundFigure(walk),
      embed: roundFigure(embed),
      neighbors: roundFigure(neighbors),
      evidence: roundFigure(evidence),
      total: roundFigure(total),
    },
    // The project file may have been moved since the scan.
    request: request && { ...request, project: project.file },
  };
}
