import type { Stage } from "../contract/scans.ts";

export interface StageText {
  /** In a list of stages. */
  readonly title: string;
  /** While the stage is running. */
  readonly progress: string;
  /** The unit of its counts. */
  readonly unit: string;
}

export const STAGE_TEXT: Readonly<Record<Stage, StageText>> = {
  walk: { title: "Find files", progress: "Finding files", unit: "files" },
  embed: { title: "Read files", progress: "Reading files", unit: "files" },
  neighbors: { title: "Find nearest neighbors", progress: "Finding neighbors", unit: "images" },
  evidence: { title: "Compare pixels", progress: "Explaining pairs", unit: "pairs" },
};
